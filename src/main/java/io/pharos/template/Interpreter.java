package io.pharos.template;

import io.pharos.model.Quoted;
import io.pharos.template.TemplateNode.Expression;
import io.pharos.template.TemplateNode.Pipeline;
import io.pharos.template.output.Output;
import io.pharos.template.value.Arguments;
import io.pharos.template.value.GoFormat;
import io.pharos.template.value.SafeText;
import io.pharos.template.value.TemplateFunction;
import io.pharos.template.value.TemplateObject;
import io.pharos.template.value.Values;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Executes a template once: runs the statements, stores the variables, and limits the steps.
final class Interpreter {
  /// How execution continues after a statement.
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  /// A variable and its value.
  private static final class Binding {
    final String name;
    @Nullable Object value;

    Binding(String name, @Nullable Object value) {
      this.name = name;
      this.value = value;
    }
  }

  /// Means that no value is piped into a command.
  private static final Object NOT_PIPED = new Object();

  /// Number of characters of a function's result that count as one step.
  private static final int CHARACTERS_PER_STEP = 256;

  private static final int MAX_NESTING = 400;

  private final Map<String, Parser.Definition> named;
  private final Output output;
  private final Template.Limits limits;
  private final @Nullable Object context;
  private List<Binding> variables = new ArrayList<>();
  private Parser.Definition current;
  private int steps;
  private int depth;
  private int nesting;

  Interpreter(
      Map<String, Parser.Definition> named,
      Output output,
      Template.Limits limits,
      @Nullable Object context) {
    this.named = named;
    this.output = output;
    this.limits = limits;
    this.context = context;
    this.current = new Parser.Definition(new Template.Source("", ""), "", List.of());
  }

  void run(Parser.Definition main, @Nullable Object data, Map<String, String> predeclared) {
    current = main;
    variables.add(new Binding("$", data));
    predeclared.forEach(
        (variable, field) -> variables.add(new Binding(variable, member(0, data, field))));
    walk(main.body(), data);
  }

  private Flow walk(List<TemplateNode> nodes, @Nullable Object dot) {
    if (nodes.isEmpty()) {
      return Flow.NEXT;
    }
    // Limits the stack depth, because templates can call each other inside nested statements.
    if (++nesting > MAX_NESTING) {
      throw error(
          nodes.getFirst().offset(),
          "statements are nested more than " + MAX_NESTING + " levels deep");
    }
    Flow flow = Flow.NEXT;
    for (int i = 0; i < nodes.size() && flow == Flow.NEXT; i++) {
      flow = walk(nodes.get(i), dot);
    }
    nesting--;
    return flow;
  }

  private Flow walk(TemplateNode node, @Nullable Object dot) {
    step(node.offset(), 1);
    return switch (node) {
      case TemplateNode.Text(int offset, String text) -> write(offset, () -> output.text(text));
      case TemplateNode.Action(int offset, var pipeline) -> {
        Object value = evaluate(pipeline, dot, true);
        yield pipeline.variables().isEmpty() ? write(offset, () -> output.value(value)) : Flow.NEXT;
      }
      case TemplateNode.If(_, var condition, var then, var otherwise) -> {
        int mark = variables.size();
        boolean truth = Values.truth(evaluate(condition, dot, false));
        Flow flow = walk(truth ? then : otherwise, dot);
        forget(mark);
        yield flow;
      }
      case TemplateNode.With(_, var pipeline, var then, var otherwise) -> {
        int mark = variables.size();
        Object value = evaluate(pipeline, dot, false);
        Flow flow = Values.truth(value) ? walk(then, value) : walk(otherwise, dot);
        forget(mark);
        yield flow;
      }
      case TemplateNode.Range range -> range(range, dot);
      case TemplateNode.Call call -> call(call, dot);
      case TemplateNode.Break _ -> Flow.BREAK;
      case TemplateNode.Continue _ -> Flow.CONTINUE;
    };
  }

  private Flow write(int offset, Runnable writing) {
    try {
      writing.run();
      return Flow.NEXT;
    } catch (IllegalArgumentException e) {
      throw error(offset, String.valueOf(e.getMessage()));
    }
  }

  private Flow range(TemplateNode.Range range, @Nullable Object dot) {
    int mark = variables.size();
    Object over = evaluateUnbound(range.over(), dot, false);
    var keys = new ArrayList<@Nullable Object>();
    var elements = new ArrayList<@Nullable Object>();
    var entries = Values.entries(over);
    var list = Values.elements(over);
    if (entries != null) {
      keys.addAll(entries.keySet());
      elements.addAll(entries.values());
    } else if (list != null) {
      elements.addAll(list);
    } else if (over instanceof Long count) {
      return count(range, dot, count);
    } else if (over != null) {
      throw error(range.over().offset(), "range can't iterate over " + GoFormat.print(over));
    }
    step(range.offset(), elements.size());
    Flow outcome = elements.isEmpty() ? walk(range.otherwise(), dot) : Flow.NEXT;
    for (int i = 0; i < elements.size(); i++) {
      Object key = keys.isEmpty() ? (Object) (long) i : keys.get(i);
      bindLoop(range.over(), key, elements.get(i));
      Flow flow = walk(range.body(), elements.get(i));
      if (flow == Flow.BREAK) {
        break;
      }
      forget(mark);
    }
    forget(mark);
    return outcome;
  }

  private Flow count(TemplateNode.Range range, @Nullable Object dot, long count) {
    int mark = variables.size();
    if (count <= 0) {
      return walk(range.otherwise(), dot);
    }
    for (long i = 0; i < count; i++) {
      step(range.offset(), 1);
      bindLoop(range.over(), i, i);
      Flow flow = walk(range.body(), i);
      forget(mark);
      if (flow == Flow.BREAK) {
        break;
      }
    }
    return Flow.NEXT;
  }

  /// Assigns the loop's variables: a single variable gets the element; two get the key and the
  /// element.
  private void bindLoop(Pipeline over, @Nullable Object key, @Nullable Object element) {
    var names = over.variables();
    if (names.size() == 1) {
      bind(over, names.getFirst(), element);
    } else if (names.size() == 2) {
      bind(over, names.getFirst(), key);
      bind(over, names.getLast(), element);
    }
  }

  private Flow call(TemplateNode.Call call, @Nullable Object dot) {
    Parser.Definition callee = named.get(call.name());
    if (callee == null) {
      throw error(call.offset(), "template " + Quoted.of(call.name()) + " not defined");
    }
    if (depth >= limits.maxDepth()) {
      throw error(
          call.offset(),
          "templates call each other more than " + limits.maxDepth() + " levels deep");
    }
    Pipeline pipeline = call.data();
    Object data = pipeline == null ? null : evaluate(pipeline, dot, false);
    var callerVariables = variables;
    var caller = current;
    variables = new ArrayList<>(List.of(new Binding("$", data)));
    current = callee;
    depth++;
    walk(callee.body(), data);
    depth--;
    current = caller;
    variables = callerVariables;
    return Flow.NEXT;
  }

  private @Nullable Object evaluate(Pipeline pipeline, @Nullable Object dot, boolean prints) {
    Object value = evaluateUnbound(pipeline, dot, prints);
    for (String name : pipeline.variables()) {
      bind(pipeline, name, value);
    }
    return value;
  }

  private void bind(Pipeline pipeline, String name, @Nullable Object value) {
    if (!pipeline.assigns()) {
      variables.add(new Binding(name, value));
      return;
    }
    binding(pipeline.offset(), name).value = value;
  }

  private Binding binding(int offset, String name) {
    for (int i = variables.size() - 1; i >= 0; i--) {
      if (variables.get(i).name.equals(name)) {
        return variables.get(i);
      }
    }
    throw error(offset, "undefined variable: " + name);
  }

  private @Nullable Object evaluateUnbound(
      Pipeline pipeline, @Nullable Object dot, boolean prints) {
    Object value = NOT_PIPED;
    var commands = pipeline.commands();
    for (int i = 0; i < commands.size(); i++) {
      TemplateNode.Command command = commands.get(i);
      boolean isLast = i == commands.size() - 1;
      String printed = prints && isLast ? function(command) : "";
      if (printed.equals("html") && output.escapesHtml()) {
        value = argumentsAsText(command, dot, value);
      } else {
        value = evaluate(command.words(), dot, value);
        if (printed.equals("urlquery") && output.inUrlQuery() && value instanceof String query) {
          value = new SafeText(SafeText.Kind.URL, query);
        }
      }
    }
    return value;
  }

  private static String function(TemplateNode.Command command) {
    return command.words().getFirst() instanceof TemplateNode.Function(_, String name, _)
        ? name
        : "";
  }

  /// Returns the arguments of a final `html` function as text. The function is skipped, because the
  /// output escapes the text.
  private @Nullable Object argumentsAsText(
      TemplateNode.Command command, @Nullable Object dot, @Nullable Object piped) {
    var values = arguments(command.words(), dot, piped);
    return values.size() == 1 ? values.getFirst() : GoFormat.sprint(values);
  }

  private @Nullable Object evaluate(
      List<Expression> words, @Nullable Object dot, @Nullable Object piped) {
    Expression head = words.getFirst();
    step(head.offset(), 1);
    return switch (head) {
      case TemplateNode.Function function -> call(function, words, dot, piped);
      case TemplateNode.Field(_, var path) -> path(head, dot, path, words, dot, piped);
      case TemplateNode.Variable(int offset, String name, var path) ->
          path(head, binding(offset, name).value, path, words, dot, piped);
      case TemplateNode.Nested(_, var pipeline, var path) ->
          path(head, evaluate(pipeline, dot, false), path, words, dot, piped);
      case TemplateNode.Dot _ -> path(head, dot, List.of(), words, dot, piped);
      case TemplateNode.Constant(_, Object value, _) ->
          path(head, value, List.of(), words, dot, piped);
      case TemplateNode.Nil(int offset) -> throw error(offset, "nil is not a command");
    };
  }

  private @Nullable Object operand(Expression expression, @Nullable Object dot) {
    return expression instanceof TemplateNode.Nil
        ? null
        : evaluate(List.of(expression), dot, NOT_PIPED);
  }

  /// Evaluates a chain of members such as `.A.B`. The last member receives the arguments.
  private @Nullable Object path(
      Expression head,
      @Nullable Object receiver,
      List<String> path,
      List<Expression> words,
      @Nullable Object dot,
      @Nullable Object piped) {
    if (path.isEmpty()) {
      if (words.size() > 1 || piped != NOT_PIPED) {
        throw executing(head, "can't give argument to non-function " + head.shown());
      }
      return receiver;
    }
    Object value = receiver;
    for (String name : path.subList(0, path.size() - 1)) {
      value = member(head, value, name, List.of(head), dot, NOT_PIPED);
    }
    return member(head, value, path.getLast(), words, dot, piped);
  }

  private @Nullable Object member(int offset, @Nullable Object receiver, String name) {
    var head = new TemplateNode.Field(offset, List.of(name));
    return member(head, receiver, name, List.of(head), receiver, NOT_PIPED);
  }

  private @Nullable Object member(
      Expression head,
      @Nullable Object receiver,
      String name,
      List<Expression> words,
      @Nullable Object dot,
      @Nullable Object piped) {
    return switch (receiver) {
      case null -> null;
      case TemplateObject object ->
          switch (object.member(name).orElse(null)) {
            case null ->
                throw executing(
                    head, "can't evaluate field " + name + " in type " + object.typeName());
            case TemplateObject.Property(var value) -> {
              refuseArguments(name, head, words, piped);
              yield value;
            }
            case TemplateObject.Method(var function) ->
                apply(head, function, arguments(words, dot, piped));
          };
      case Map<?, ?> map -> {
        refuseArguments(name, head, words, piped);
        yield mapEntry(map, name);
      }
      default ->
          throw executing(
              head, "can't evaluate field " + name + " in type " + Values.typeName(receiver));
    };
  }

  /// Returns the value of a key. For a missing key, returns the zero value of the values' type,
  /// like Go with `missingkey=zero`.
  private static @Nullable Object mapEntry(Map<?, ?> map, String name) {
    Object value = map.get(name);
    boolean ofStrings = Values.typeName(map).equals("map[string]string");
    return value == null && ofStrings ? "" : value;
  }

  private void refuseArguments(
      String name, Expression head, List<Expression> words, @Nullable Object piped) {
    if (words.size() > 1 || piped != NOT_PIPED) {
      throw executing(head, name + " has arguments but cannot be invoked as function");
    }
  }

  private List<@Nullable Object> arguments(
      List<Expression> words, @Nullable Object dot, @Nullable Object piped) {
    var values = new ArrayList<@Nullable Object>();
    for (Expression word : words.subList(1, words.size())) {
      values.add(operand(word, dot));
    }
    if (piped != NOT_PIPED) {
      values.add(piped);
    }
    return values;
  }

  private @Nullable Object call(
      TemplateNode.Function head,
      List<Expression> words,
      @Nullable Object dot,
      @Nullable Object piped) {
    boolean stopsAt = head.name().equals("or");
    if (!stopsAt && !head.name().equals("and")) {
      return apply(head, head.function(), arguments(words, dot, piped));
    }
    // `and` and `or` evaluate only the arguments that they need.
    int argumentCount = words.size() - 1 + (piped == NOT_PIPED ? 0 : 1);
    checkCount(head, head.function(), argumentCount);
    Object value = null;
    for (Expression word : words.subList(1, words.size())) {
      value = operand(word, dot);
      if (Values.truth(value) == stopsAt) {
        return value;
      }
    }
    return piped == NOT_PIPED ? value : piped;
  }

  private void checkCount(Expression head, TemplateFunction function, int argumentCount) {
    if (!function.accepts(argumentCount)) {
      throw executing(
          head,
          "wrong number of args for %s: want %s got %d"
              .formatted(function.name(), function.expected(), argumentCount));
    }
  }

  private @Nullable Object apply(
      Expression head, TemplateFunction function, List<@Nullable Object> values) {
    checkCount(head, function, values.size());
    Object result;
    try {
      result = function.body().apply(new Arguments(values, context));
    } catch (IllegalArgumentException
        | ArithmeticException
        | DateTimeException
        | IndexOutOfBoundsException e) {
      throw executing(head, "error calling " + function.name() + ": " + e.getMessage());
    }
    charge(head.offset(), result);
    return result;
  }

  /// Counts the size of a function's result as steps, so that a template that doubles a string or
  /// list again and again exceeds the limit.
  private void charge(int offset, @Nullable Object result) {
    int size =
        switch (result) {
          case String text -> text.length();
          case SafeText safe -> safe.text().length();
          case Collection<?> list -> list.size() * CHARACTERS_PER_STEP;
          case Map<?, ?> map -> map.size() * CHARACTERS_PER_STEP;
          case null, default -> 0;
        };
    if (result instanceof String && size > limits.maxCharacters()) {
      throw error(offset, "a string is longer than " + limits.maxCharacters() + " characters");
    }
    step(offset, size / CHARACTERS_PER_STEP);
  }

  private void step(int offset, int count) {
    steps += count;
    if (steps > limits.maxSteps()) {
      throw error(offset, "stopped after " + limits.maxSteps() + " steps");
    }
  }

  private void forget(int mark) {
    variables.subList(mark, variables.size()).clear();
  }

  private TemplateException executing(Expression failed, String problem) {
    return error(
        failed.offset(),
        "executing " + Quoted.of(current.name()) + " at <" + failed.shown() + ">: " + problem);
  }

  private TemplateException error(int offset, String problem) {
    return current.source().error(offset, problem);
  }
}
