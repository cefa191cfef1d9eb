package io.pharos.probe.expression;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pharos.model.Quoted;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/// A condition on the facts of a probe. Evaluation takes time linear in its length and in the
/// facts, and has no side effects.
///
/// A comparison with a missing value, or with one of the wrong type, is an error. A condition with
/// an error does not hold, also if it is negated, unless another part alone decides the result.
public final class Expression {
  /* A term results in a value or in an error; `!` of an error is the same error, as in CEL. */
  private sealed interface Result {
    record Got(JsonNode value) implements Result {}

    record Problem(String reason) implements Result {}
  }

  /// The facts that an expression can read, by the names of variables.
  public interface Seen {
    /// Returns the value of a variable, or why there is none.
    Answer of(String variable);
  }

  /// The value of a variable, or why there is none.
  public sealed interface Answer {
    record Value(JsonNode json) implements Answer {}

    record None(String reason) implements Answer {}
  }

  private static final int LONGEST_SHOWN = 100;

  private final String text;
  private final Term condition;

  private Expression(String text, Term condition) {
    this.text = text;
    this.condition = condition;
  }

  /// Parses a condition.
  ///
  /// @param variables available variables with their types
  /// @throws ExpressionException with the position, if the text is not a condition on these
  ///   variables
  public static Expression parse(String text, Map<String, Type> variables)
      throws ExpressionException {
    return new Expression(text, new ConditionParser(text, variables).condition());
  }

  /// Returns the names of the variables that the condition uses.
  public Set<String> variables() {
    var names = new TreeSet<String>();
    walk(condition, seen -> names.add(seen.variable()));
    return names;
  }

  /// Returns the part of the condition that does not hold, with its values; empty if the condition
  /// holds.
  public Optional<String> failure(Seen seen) {
    return switch (evaluate(condition, seen)) {
      case Result.Got(JsonNode value) when value.isBoolean() && value.booleanValue() ->
          Optional.empty();
      case Result.Got _, Result.Problem _ -> Optional.of(explain(condition, seen));
    };
  }

  private String explain(Term term, Seen seen) {
    if (term instanceof Term.Both(Term.Operator operator, Term left, Term right, _)
        && operator == Term.Operator.AND) {
      return explain(holds(left, seen) ? right : left, seen);
    }
    String written = written(term);
    Result result = evaluate(term, seen);
    String why =
        switch (result) {
          case Result.Got(JsonNode value) ->
              value.isBoolean() ? "" : ": found " + shown(value) + ", expected a boolean";
          case Result.Problem(String reason) -> ": " + reason;
        };
    var values = new LinkedHashMap<String, String>();
    walk(
        term,
        path -> {
          if (evaluate(path, seen) instanceof Result.Got(JsonNode value)) {
            values.put(path.text(), path.text() + " = " + shown(value));
          }
        });
    String with = values.isEmpty() ? "" : ", with " + String.join(", ", values.values());
    return "expected " + written + why + with;
  }

  private boolean holds(Term term, Seen seen) {
    return evaluate(term, seen) instanceof Result.Got(JsonNode value)
        && value.isBoolean()
        && value.booleanValue();
  }

  private String written(Term term) {
    return switch (term) {
      case Term.Both both -> both.text();
      case Term.Written known -> known.text();
      case Term.Seen path -> path.text();
      case Term.Constant(JsonNode value) -> value.toString();
      case Term.Not _, Term.Negative _, Term.Has _, Term.Size _, Term.Matches _, Term.Items _ ->
          text;
    };
  }

  private static String shown(JsonNode value) {
    return Quoted.cut(value.toString(), LONGEST_SHOWN);
  }

  private static void walk(Term term, Consumer<Term.Seen> visitor) {
    switch (term) {
      case Term.Constant _ -> {}
      case Term.Seen path -> visitor.accept(path);
      case Term.Not(Term of) -> walk(of, visitor);
      case Term.Negative(Term of) -> walk(of, visitor);
      case Term.Has(Term.Seen of) -> visitor.accept(of);
      case Term.Size(Term of) -> walk(of, visitor);
      case Term.Matches(Term of, _) -> walk(of, visitor);
      case Term.Items(var items) -> items.forEach(item -> walk(item, visitor));
      case Term.Both(_, Term left, Term right, _) -> {
        walk(left, visitor);
        walk(right, visitor);
      }
      case Term.Written(Term of, _) -> walk(of, visitor);
    }
  }

  private Result evaluate(Term term, Seen seen) {
    return switch (term) {
      case Term.Constant(JsonNode value) -> new Result.Got(value);
      case Term.Seen path -> result(find(path, seen));
      case Term.Not(Term of) ->
          with(
              evaluate(of, seen),
              written(of),
              JsonNode::isBoolean,
              "a boolean",
              value -> BooleanNode.valueOf(!value.booleanValue()));
      case Term.Negative(Term of) ->
          with(
              evaluate(of, seen),
              written(of),
              JsonNode::isNumber,
              "a number",
              value -> DoubleNode.valueOf(-value.doubleValue()));
      case Term.Has(Term.Seen of) ->
          new Result.Got(BooleanNode.valueOf(find(of, seen) instanceof Answer.Value));
      case Term.Size(Term of) ->
          with(
              evaluate(of, seen),
              written(of),
              value -> value.isTextual() || value.isContainerNode(),
              "a string or a list",
              value ->
                  IntNode.valueOf(value.isTextual() ? value.textValue().length() : value.size()));
      case Term.Matches(Term of, var pattern) ->
          with(
              evaluate(of, seen),
              written(of),
              JsonNode::isTextual,
              "a string",
              value -> BooleanNode.valueOf(pattern.matcher(value.textValue()).find()));
      case Term.Items(var items) -> {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Term item : items) {
          switch (evaluate(item, seen)) {
            case Result.Got(JsonNode value) -> list.add(value);
            case Result.Problem problem -> {
              yield problem;
            }
          }
        }
        yield new Result.Got(list);
      }
      case Term.Both both -> both(both, seen);
      case Term.Written(Term of, _) -> evaluate(of, seen);
    };
  }

  private static Result with(
      Result result,
      String what,
      Predicate<JsonNode> fits,
      String expected,
      Function<JsonNode, JsonNode> then) {
    return switch (result) {
      case Result.Got(JsonNode value) ->
          fits.test(value)
              ? new Result.Got(then.apply(value))
              : new Result.Problem(what + " is not " + expected);
      case Result.Problem problem -> problem;
    };
  }

  private static Result result(Answer answer) {
    return switch (answer) {
      case Answer.Value(JsonNode value) -> new Result.Got(value);
      case Answer.None(String reason) -> new Result.Problem(reason);
    };
  }

  /// Returns the value at a path into the facts, or why there is none.
  static Answer find(Term.Seen path, Seen seen) {
    return switch (seen.of(path.variable())) {
      case Answer.None none -> none;
      case Answer.Value(JsonNode whole) -> {
        JsonNode value = whole;
        for (Object step : path.way()) {
          JsonNode next = step instanceof Integer i ? value.get(i) : value.get(step.toString());
          if (next == null) {
            yield new Answer.None("there is no " + path.text());
          }
          value = next;
        }
        yield new Answer.Value(value);
      }
    };
  }

  private Result both(Term.Both both, Seen seen) {
    Result left = evaluate(both.left(), seen);
    Result right = evaluate(both.right(), seen);
    if (both.operator() == Term.Operator.AND || both.operator() == Term.Operator.OR) {
      boolean decides = both.operator() == Term.Operator.OR;
      Result first = bool(left, both.left());
      Result second = bool(right, both.right());
      for (Result each : new Result[] {first, second}) {
        if (each instanceof Result.Got(JsonNode value) && value.booleanValue() == decides) {
          return each;
        }
      }
      return first instanceof Result.Problem ? first : second;
    }
    if (!(left instanceof Result.Got(JsonNode a))) {
      return left;
    }
    if (!(right instanceof Result.Got(JsonNode b))) {
      return right;
    }
    return switch (both.operator()) {
      case EQUAL -> truth(isEqual(a, b));
      case NOT_EQUAL -> truth(!isEqual(a, b));
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, PLUS, MINUS, TIMES, DIVIDE ->
          numbers(both, a, b);
      case CONTAINS -> contains(both, a, b);
      case IN ->
          b.isArray()
              ? truth(hasItem(b, a))
              : new Result.Problem(written(both.right()) + " is not a list");
      case AND, OR -> throw new IllegalStateException("decided above");
    };
  }

  private Result bool(Result result, Term term) {
    return with(result, written(term), JsonNode::isBoolean, "a boolean", value -> value);
  }

  private static Result truth(boolean value) {
    return new Result.Got(BooleanNode.valueOf(value));
  }

  private static boolean isEqual(JsonNode a, JsonNode b) {
    return (a.isNumber() && b.isNumber()) ? compare(a, b) == 0 : a.equals(b);
  }

  /* Compares whole numbers, such as ids, exactly, and others as doubles: an answer made to do
   * harm may contain huge decimals, with which exact arithmetic would never end. */
  private static int compare(JsonNode a, JsonNode b) {
    return a.isIntegralNumber()
            && b.isIntegralNumber()
            && a.canConvertToLong()
            && b.canConvertToLong()
        ? Long.compare(a.longValue(), b.longValue())
        : Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
  }

  private static boolean hasItem(JsonNode list, JsonNode item) {
    for (JsonNode each : list) {
      if (isEqual(each, item)) {
        return true;
      }
    }
    return false;
  }

  private Result numbers(Term.Both both, JsonNode a, JsonNode b) {
    if (!a.isNumber() || !b.isNumber()) {
      return new Result.Problem(
          written(a.isNumber() ? both.right() : both.left()) + " is not a number");
    }
    double x = a.doubleValue();
    double y = b.doubleValue();
    return switch (both.operator()) {
      case LESS -> truth(compare(a, b) < 0);
      case LESS_OR_EQUAL -> truth(compare(a, b) <= 0);
      case GREATER -> truth(compare(a, b) > 0);
      case GREATER_OR_EQUAL -> truth(compare(a, b) >= 0);
      case PLUS -> new Result.Got(DoubleNode.valueOf(x + y));
      case MINUS -> new Result.Got(DoubleNode.valueOf(x - y));
      case TIMES -> new Result.Got(DoubleNode.valueOf(x * y));
      case DIVIDE ->
          y == 0
              ? new Result.Problem(
                  written(both.right()) + " is 0, and a division by 0 has no result")
              : new Result.Got(DoubleNode.valueOf(x / y));
      case AND, OR, EQUAL, NOT_EQUAL, CONTAINS, IN ->
          throw new IllegalStateException(both.operator() + " is not for numbers");
    };
  }

  private Result contains(Term.Both both, JsonNode a, JsonNode b) {
    if (a.isTextual() && b.isTextual()) {
      return truth(a.textValue().contains(b.textValue()));
    }
    return a.isArray()
        ? truth(hasItem(a, b))
        : new Result.Problem(
            written(both.left()) + " is neither a string nor a list, so it contains nothing");
  }

  @Override
  public String toString() {
    return text;
  }
}
