package io.pharos.template;

import io.pharos.model.Quoted;
import io.pharos.template.TemplateLexer.Token;
import io.pharos.template.TemplateLexer.Token.Kind;
import io.pharos.template.TemplateNode.Constant;
import io.pharos.template.TemplateNode.Expression;
import io.pharos.template.TemplateNode.Pipeline;
import io.pharos.template.value.GoLiteral;
import io.pharos.template.value.TemplateFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Parses a template and the templates that it defines into statements.
final class Parser {
  /* Maximum nesting of parentheses and statements, so that hostile input causes an error instead
   * of a stack overflow. */
  private static final int MAX_DEPTH = 100;

  private final Template.Source source;
  private final Functions functions;
  private final List<Token> tokens;
  final Map<String, Definition> defined = new HashMap<>();
  private final List<String> variables = new ArrayList<>();
  private int position;
  private int depth;
  private int ranges;

  /// The parsed body of a template, with its source.
  record Definition(Template.Source source, String name, List<TemplateNode> body) {
    boolean isEmpty() {
      return body.stream()
          .allMatch(node -> node instanceof TemplateNode.Text t && t.text().isBlank());
    }
  }

  /// A list of statements, and the token after it: `end`, `else` or the end of the text.
  private record Block(List<TemplateNode> nodes, Token end) {}

  Parser(Template.Source source, Functions functions, List<String> predeclared) {
    this.source = source;
    this.functions = functions;
    this.tokens = new TemplateLexer(source).tokens();
    this.variables.add("$");
    this.variables.addAll(predeclared);
  }

  /// Parses the whole text. Afterwards [#defined] contains the templates that the text defines.
  Definition parse() {
    Block block = block(true);
    if (!block.end().is(Kind.END)) {
      throw error(block.end(), "unexpected {{" + block.end().text() + "}}");
    }
    return new Definition(source, source.name(), block.nodes());
  }

  private Block block(boolean top) {
    var nodes = new ArrayList<TemplateNode>();
    while (true) {
      Token token = next();
      if (token.is(Kind.TEXT)) {
        nodes.add(new TemplateNode.Text(token.offset(), token.text()));
        continue;
      }
      if (token.is(Kind.END)) {
        if (!top) {
          throw error(token, "unexpected end of template, expected {{end}}");
        }
        return new Block(nodes, token);
      }
      Token word = nextNonSpace();
      if (word.isKeyword("end") || word.isKeyword("else")) {
        return new Block(nodes, word);
      }
      if (!word.isKeyword("define")) {
        nodes.add(statement(word));
      } else if (top && depth == 0) {
        define(word);
      } else {
        throw error(word, "unexpected {{define}} inside another statement");
      }
    }
  }

  private TemplateNode statement(Token word) {
    if (!word.is(Kind.KEYWORD)) {
      position--;
      return action();
    }
    return switch (word.text()) {
      case "if", "with", "range" -> control(word);
      case "template" -> call(word);
      case "block" -> blockStatement(word);
      case "break" -> {
        loopWord(word);
        yield new TemplateNode.Break(word.offset());
      }
      case "continue" -> {
        loopWord(word);
        yield new TemplateNode.Continue(word.offset());
      }
      default -> {
        position--;
        yield action();
      }
    };
  }

  private void loopWord(Token word) {
    if (ranges == 0) {
      throw error(word, "{{" + word.text() + "}} outside {{range}}");
    }
    expectRight(word.text());
  }

  private TemplateNode action() {
    int offset = peek().offset();
    Pipeline pipeline = pipeline("command", Kind.RIGHT, false);
    return new TemplateNode.Action(offset, pipeline);
  }

  private TemplateNode control(Token word) {
    enter(word);
    int mark = variables.size();
    boolean isRange = word.text().equals("range");
    Pipeline pipeline = pipeline(word.text(), Kind.RIGHT, isRange);
    ranges += isRange ? 1 : 0;
    Block then = block(false);
    ranges -= isRange ? 1 : 0;
    List<TemplateNode> otherwise = then.end().isKeyword("else") ? otherwise(word.text()) : closed();
    forget(mark);
    depth--;
    return switch (word.text()) {
      case "if" -> new TemplateNode.If(word.offset(), pipeline, then.nodes(), otherwise);
      case "with" -> new TemplateNode.With(word.offset(), pipeline, then.nodes(), otherwise);
      default -> new TemplateNode.Range(word.offset(), pipeline, then.nodes(), otherwise);
    };
  }

  private List<TemplateNode> closed() {
    expectRight("end");
    return List.of();
  }

  /// Parses the part after `else`: statements up to `end`, or another `if` or `with` that ends with
  /// the same `end`.
  private List<TemplateNode> otherwise(String statement) {
    Token next = nextNonSpace();
    if (next.isKeyword("if") || next.isKeyword("with")) {
      if (!next.text().equals(statement)) {
        throw error(next, "unexpected {{else " + next.text() + "}} in {{" + statement + "}}");
      }
      return List.of(control(next));
    }
    if (!next.is(Kind.RIGHT)) {
      throw error(next, "unexpected " + next.shown() + " in else");
    }
    Block block = block(false);
    if (block.end().isKeyword("else")) {
      throw error(block.end(), "expected end; found {{else}}");
    }
    expectRight("end");
    return block.nodes();
  }

  private TemplateNode call(Token word) {
    String name = templateName("template");
    Token next = nextNonSpace();
    if (next.is(Kind.RIGHT)) {
      return new TemplateNode.Call(word.offset(), name, null);
    }
    position--;
    Pipeline data = pipeline("template clause", Kind.RIGHT, false);
    return new TemplateNode.Call(word.offset(), name, data);
  }

  private void define(Token word) {
    String name = templateName("define");
    expectRight("define clause");
    define(word, new Definition(source, name, body(word)));
  }

  /// Parses `{{block "name" data}}…{{end}}`, which defines a template and calls it.
  private TemplateNode blockStatement(Token word) {
    String name = templateName("block");
    Pipeline data = pipeline("block clause", Kind.RIGHT, false);
    define(word, new Definition(source, name, body(word)));
    return new TemplateNode.Call(word.offset(), name, data);
  }

  /// Adds a definition. If two templates have the same name, one of them must be empty, and the
  /// other is used.
  private void define(Token word, Definition definition) {
    Definition before = defined.get(definition.name());
    if (before == null || before.isEmpty()) {
      defined.put(definition.name(), definition);
    } else if (!definition.isEmpty()) {
      throw error(word, "multiple definition of template " + Quoted.of(definition.name()));
    }
  }

  private List<TemplateNode> body(Token word) {
    enter(word);
    var outer = List.copyOf(variables);
    int outerRanges = ranges;
    ranges = 0;
    variables.clear();
    variables.add("$");
    Block block = block(false);
    if (!block.end().isKeyword("end")) {
      throw error(block.end(), "unexpected {{else}} in " + word.text() + " clause");
    }
    expectRight("end");
    variables.clear();
    variables.addAll(outer);
    ranges = outerRanges;
    depth--;
    return block.nodes();
  }

  private String templateName(String clause) {
    Token token = nextNonSpace();
    if (!token.is(Kind.STRING) && !token.is(Kind.RAW_STRING)) {
      throw error(
          token, "unexpected " + token.shown() + " in " + clause + " clause, expected a name");
    }
    return literal(token);
  }

  private Pipeline pipeline(String context, Kind end, boolean isRange) {
    Token first = peekNonSpace();
    var declared = new ArrayList<String>();
    boolean assigns = false;
    if (first.is(Kind.VARIABLE)) {
      int start = position;
      position = indexOf(first) + 1;
      Token operator = nextNonSpace();
      if (operator.is(Kind.COMMA) && isRange) {
        Token second = nextNonSpace();
        if (!second.is(Kind.VARIABLE)) {
          throw error(second, "range can only initialize variables, got " + second.shown());
        }
        declared.add(first.text());
        declared.add(second.text());
        operator = nextNonSpace();
        if (!isBinding(operator)) {
          throw error(operator, "unexpected " + operator.shown() + " in range, expected :=");
        }
      } else if (operator.is(Kind.COMMA)) {
        throw error(operator, "too many declarations in " + context);
      } else if (isBinding(operator)) {
        declared.add(first.text());
      }
      assigns = operator.is(Kind.ASSIGN);
      if (declared.isEmpty()) {
        position = start;
      }
    }
    var commands = new ArrayList<TemplateNode.Command>();
    while (true) {
      Token token = nextNonSpace();
      if (token.is(end)) {
        break;
      }
      position--;
      commands.add(command(context, end, commands.isEmpty()));
      Token after = nextNonSpace();
      if (after.is(end)) {
        break;
      }
      if (!after.is(Kind.PIPE)) {
        throw error(after, "unexpected " + after.shown() + " in " + context);
      }
    }
    if (commands.isEmpty()) {
      throw error(first, "missing value for " + context);
    }
    for (String name : declared) {
      if (assigns && !variables.contains(name)) {
        throw error(first, "undefined variable " + Quoted.of(name));
      }
    }
    if (!assigns) {
      variables.addAll(declared);
    }
    return new Pipeline(first.offset(), List.copyOf(declared), assigns, List.copyOf(commands));
  }

  private static boolean isBinding(Token token) {
    return token.is(Kind.DECLARE) || token.is(Kind.ASSIGN);
  }

  private TemplateNode.Command command(String context, Kind end, boolean first) {
    int offset = peekNonSpace().offset();
    var words = new ArrayList<Expression>();
    while (true) {
      Token token = nextNonSpace();
      if (token.is(Kind.PIPE) || token.is(end)) {
        position--;
        break;
      }
      words.add(operand(token));
      Token after = peek();
      if (!after.is(Kind.SPACE) && !after.is(Kind.PIPE) && !after.is(end)) {
        throw error(after, "unexpected " + after.shown() + " in operand");
      }
    }
    if (words.isEmpty()) {
      throw error(peek(), "empty command in " + context);
    }
    Expression head = words.getFirst();
    boolean executable =
        !(head instanceof Constant
            || head instanceof TemplateNode.Dot
            || head instanceof TemplateNode.Nil);
    if (!executable && !first) {
      throw source.error(offset, "non executable command " + head.shown() + " in pipeline after |");
    }
    return new TemplateNode.Command(offset, List.copyOf(words));
  }

  private Expression operand(Token token) {
    Expression term = term(token);
    var path = path();
    if (path.isEmpty()) {
      return term;
    }
    return switch (term) {
      case TemplateNode.Field field ->
          new TemplateNode.Field(field.offset(), joined(field.path(), path));
      case TemplateNode.Variable variable ->
          new TemplateNode.Variable(variable.offset(), variable.name(), path);
      case TemplateNode.Nested nested ->
          new TemplateNode.Nested(nested.offset(), nested.pipeline(), path);
      case TemplateNode.Function function ->
          new TemplateNode.Nested(
              function.offset(),
              new Pipeline(
                  function.offset(),
                  List.of(),
                  false,
                  List.of(new TemplateNode.Command(function.offset(), List.of(function)))),
              path);
      case TemplateNode.Dot _, TemplateNode.Nil _, Constant _ ->
          throw error(token, "unexpected . after term " + Quoted.of(term.shown()));
    };
  }

  private List<String> path() {
    var path = new ArrayList<String>();
    while (peek().is(Kind.FIELD)) {
      path.add(next().text().substring(1));
    }
    return List.copyOf(path);
  }

  private static List<String> joined(List<String> head, List<String> tail) {
    var path = new ArrayList<>(head);
    path.addAll(tail);
    return List.copyOf(path);
  }

  private Expression term(Token token) {
    int offset = token.offset();
    return switch (token.kind()) {
      case DOT -> new TemplateNode.Dot(offset);
      case FIELD -> new TemplateNode.Field(offset, List.of(token.text().substring(1)));
      case VARIABLE -> {
        if (!variables.contains(token.text())) {
          throw error(token, "undefined variable " + Quoted.of(token.text()));
        }
        yield new TemplateNode.Variable(offset, token.text(), List.of());
      }
      case IDENTIFIER -> {
        TemplateFunction function = functions.find(token.text());
        if (function == null) {
          throw error(token, "function " + Quoted.of(token.text()) + " not defined");
        }
        yield new TemplateNode.Function(offset, token.text(), function);
      }
      case OPEN -> {
        enter(token);
        int mark = variables.size();
        Pipeline pipeline = pipeline("parenthesized pipeline", Kind.CLOSE, false);
        if (!pipeline.variables().isEmpty()) {
          forget(mark);
        }
        depth--;
        yield new TemplateNode.Nested(offset, pipeline, List.of());
      }
      case STRING, RAW_STRING -> new Constant(offset, literal(token), token.text());
      case NUMBER -> new Constant(offset, number(token), token.text());
      case CHARACTER -> new Constant(offset, (long) character(token), token.text());
      case KEYWORD ->
          switch (token.text()) {
            case "nil" -> new TemplateNode.Nil(offset);
            case "true", "false" -> new Constant(offset, token.text().equals("true"), token.text());
            default -> throw error(token, "unexpected <" + token.text() + "> in operand");
          };
      case TEXT, LEFT, RIGHT, SPACE, CLOSE, PIPE, COMMA, DECLARE, ASSIGN, END ->
          throw error(token, "unexpected " + token.shown() + " in operand");
    };
  }

  private Object number(Token token) {
    try {
      return GoLiteral.number(token.text());
    } catch (IllegalArgumentException e) {
      throw error(token, "bad number syntax: " + Quoted.of(token.text()));
    }
  }

  private int character(Token token) {
    String text = literal(token);
    if (text.isEmpty() || text.codePointCount(0, text.length()) != 1) {
      throw error(token, "malformed character constant: " + token.text());
    }
    return text.codePointAt(0);
  }

  private String literal(Token token) {
    try {
      return GoLiteral.unquote(token.text());
    } catch (IllegalArgumentException e) {
      throw error(token, e.getMessage() + " in " + token.text());
    }
  }

  private void enter(Token token) {
    if (++depth > MAX_DEPTH) {
      throw error(token, "statements are nested more than " + MAX_DEPTH + " levels deep");
    }
  }

  private void forget(int mark) {
    variables.subList(mark, variables.size()).clear();
  }

  private void expectRight(String context) {
    Token token = nextNonSpace();
    if (!token.is(Kind.RIGHT)) {
      throw error(token, "unexpected " + token.shown() + " in " + context + ", expected }}");
    }
  }

  private int indexOf(Token token) {
    int i = position;
    while (tokens.get(i).offset() < token.offset()) {
      i++;
    }
    return i;
  }

  private Token next() {
    return tokens.get(Math.min(position++, tokens.size() - 1));
  }

  private Token nextNonSpace() {
    Token token = next();
    while (token.is(Kind.SPACE)) {
      token = next();
    }
    return token;
  }

  private Token peek() {
    return tokens.get(Math.min(position, tokens.size() - 1));
  }

  private Token peekNonSpace() {
    int i = position;
    while (i < tokens.size() - 1 && tokens.get(i).is(Kind.SPACE)) {
      i++;
    }
    return tokens.get(Math.min(i, tokens.size() - 1));
  }

  private TemplateException error(@Nullable Token token, String problem) {
    return source.error(token == null ? 0 : token.offset(), problem);
  }
}
