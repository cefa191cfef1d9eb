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

/// A condition on the facts of a probe. The time of an evaluation is linear in the sizes of the
/// condition and of the facts. An evaluation has no side effects.
///
/// A comparison with a missing value, or with one of the wrong type, is an error. A condition with
/// an error does not hold, and its negation does not hold either, unless another part alone decides
/// the result.
public final class Expression {
  /* A term results in a value or in an error; `!` of an error is the same error, as in CEL. */
  private sealed interface Result {
    record Value(JsonNode value) implements Result {}

    record Problem(String reason) implements Result {}
  }

  /// The facts that an expression can read, by the names of variables.
  public interface Facts {
    /// Returns the value of a variable, or why there is none.
    Answer of(String variable);
  }

  /// The value of a variable, or why there is none.
  public sealed interface Answer {
    record Value(JsonNode json) implements Answer {}

    record None(String reason) implements Answer {}
  }

  private static final int MAX_SHOWN_CHARACTERS = 100;

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
    walk(condition, path -> names.add(path.variable()));
    return names;
  }

  /// Returns a text with the part of the condition that does not hold and the values in it; empty
  /// if the condition holds.
  public Optional<String> failure(Facts facts) {
    return switch (evaluate(condition, facts)) {
      case Result.Value(JsonNode value) when value.isBoolean() && value.booleanValue() ->
          Optional.empty();
      case Result.Value _, Result.Problem _ -> Optional.of(explain(condition, facts));
    };
  }

  private String explain(Term term, Facts facts) {
    if (term instanceof Term.Binary(Term.Operator operator, Term left, Term right, _)
        && operator == Term.Operator.AND) {
      return explain(holds(left, facts) ? right : left, facts);
    }
    String written = written(term);
    Result result = evaluate(term, facts);
    String detail =
        switch (result) {
          case Result.Value(JsonNode value) ->
              value.isBoolean()
                  ? ""
                  : ": found "
                      + Quoted.cut(value.toString(), MAX_SHOWN_CHARACTERS)
                      + ", expected a boolean";
          case Result.Problem(String reason) -> ": " + reason;
        };
    var values = new LinkedHashMap<String, String>();
    walk(
        term,
        path -> {
          if (evaluate(path, facts) instanceof Result.Value(JsonNode value)) {
            values.put(
                path.text(),
                path.text() + " = " + Quoted.cut(value.toString(), MAX_SHOWN_CHARACTERS));
          }
        });
    String valueText = values.isEmpty() ? "" : ", with " + String.join(", ", values.values());
    return "expected " + written + detail + valueText;
  }

  private boolean holds(Term term, Facts facts) {
    return evaluate(term, facts) instanceof Result.Value(JsonNode value)
        && value.isBoolean()
        && value.booleanValue();
  }

  private String written(Term term) {
    return switch (term) {
      case Term.Binary binary -> binary.text();
      case Term.WithSource withSource -> withSource.text();
      case Term.FactPath path -> path.text();
      case Term.Constant(JsonNode value) -> value.toString();
      case Term.Not _, Term.Negative _, Term.Has _, Term.Size _, Term.Matches _, Term.Items _ ->
          text;
    };
  }

  private static void walk(Term term, Consumer<Term.FactPath> visitor) {
    switch (term) {
      case Term.Constant _ -> {}
      case Term.FactPath path -> visitor.accept(path);
      case Term.Not(Term operand) -> walk(operand, visitor);
      case Term.Negative(Term operand) -> walk(operand, visitor);
      case Term.Has(Term.FactPath path) -> visitor.accept(path);
      case Term.Size(Term operand) -> walk(operand, visitor);
      case Term.Matches(Term operand, _) -> walk(operand, visitor);
      case Term.Items(var items) -> items.forEach(item -> walk(item, visitor));
      case Term.Binary(_, Term left, Term right, _) -> {
        walk(left, visitor);
        walk(right, visitor);
      }
      case Term.WithSource(Term operand, _) -> walk(operand, visitor);
    }
  }

  private Result evaluate(Term term, Facts facts) {
    return switch (term) {
      case Term.Constant(JsonNode value) -> new Result.Value(value);
      case Term.FactPath path -> result(find(path, facts));
      case Term.Not(Term operand) ->
          apply(
              evaluate(operand, facts),
              written(operand),
              JsonNode::isBoolean,
              "a boolean",
              value -> BooleanNode.valueOf(!value.booleanValue()));
      case Term.Negative(Term operand) ->
          apply(
              evaluate(operand, facts),
              written(operand),
              JsonNode::isNumber,
              "a number",
              value -> DoubleNode.valueOf(-value.doubleValue()));
      case Term.Has(Term.FactPath path) ->
          new Result.Value(BooleanNode.valueOf(find(path, facts) instanceof Answer.Value));
      case Term.Size(Term operand) ->
          apply(
              evaluate(operand, facts),
              written(operand),
              value -> value.isTextual() || value.isContainerNode(),
              "a string or a list",
              value ->
                  IntNode.valueOf(value.isTextual() ? value.textValue().length() : value.size()));
      case Term.Matches(Term operand, var pattern) ->
          apply(
              evaluate(operand, facts),
              written(operand),
              JsonNode::isTextual,
              "a string",
              value -> BooleanNode.valueOf(pattern.matcher(value.textValue()).find()));
      case Term.Items(var items) -> {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Term item : items) {
          switch (evaluate(item, facts)) {
            case Result.Value(JsonNode value) -> list.add(value);
            case Result.Problem problem -> {
              yield problem;
            }
          }
        }
        yield new Result.Value(list);
      }
      case Term.Binary binary -> evaluateBinary(binary, facts);
      case Term.WithSource(Term operand, _) -> evaluate(operand, facts);
    };
  }

  private static Result apply(
      Result result,
      String subject,
      Predicate<JsonNode> isExpected,
      String expected,
      Function<JsonNode, JsonNode> function) {
    return switch (result) {
      case Result.Value(JsonNode value) ->
          isExpected.test(value)
              ? new Result.Value(function.apply(value))
              : new Result.Problem(subject + " is not " + expected);
      case Result.Problem problem -> problem;
    };
  }

  private static Result result(Answer answer) {
    return switch (answer) {
      case Answer.Value(JsonNode value) -> new Result.Value(value);
      case Answer.None(String reason) -> new Result.Problem(reason);
    };
  }

  /// Returns the value at a path into the facts, or why there is none.
  static Answer find(Term.FactPath path, Facts facts) {
    return switch (facts.of(path.variable())) {
      case Answer.None none -> none;
      case Answer.Value(JsonNode whole) -> {
        JsonNode value = whole;
        for (Object step : path.keys()) {
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

  private Result evaluateBinary(Term.Binary binary, Facts facts) {
    Result left = evaluate(binary.left(), facts);
    Result right = evaluate(binary.right(), facts);
    if (binary.operator() == Term.Operator.AND || binary.operator() == Term.Operator.OR) {
      boolean decides = binary.operator() == Term.Operator.OR;
      Result first = bool(left, binary.left());
      Result second = bool(right, binary.right());
      for (Result operand : new Result[] {first, second}) {
        if (operand instanceof Result.Value(JsonNode value) && value.booleanValue() == decides) {
          return operand;
        }
      }
      return first instanceof Result.Problem ? first : second;
    }
    if (!(left instanceof Result.Value(JsonNode a))) {
      return left;
    }
    if (!(right instanceof Result.Value(JsonNode b))) {
      return right;
    }
    return switch (binary.operator()) {
      case EQUAL -> truth(isEqual(a, b));
      case NOT_EQUAL -> truth(!isEqual(a, b));
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, PLUS, MINUS, TIMES, DIVIDE ->
          numbers(binary, a, b);
      case CONTAINS -> contains(binary, a, b);
      case IN ->
          b.isArray()
              ? truth(hasItem(b, a))
              : new Result.Problem(written(binary.right()) + " is not a list");
      case AND, OR -> throw new IllegalStateException("AND and OR are evaluated above");
    };
  }

  private Result bool(Result result, Term term) {
    return apply(result, written(term), JsonNode::isBoolean, "a boolean", value -> value);
  }

  private static Result truth(boolean value) {
    return new Result.Value(BooleanNode.valueOf(value));
  }

  private static boolean isEqual(JsonNode a, JsonNode b) {
    return (a.isNumber() && b.isNumber()) ? compare(a, b) == 0 : a.equals(b);
  }

  /* Compares integers exactly, because they may be ids, and other numbers as doubles: a malicious
   * answer may contain huge decimals, for which exact arithmetic takes too long. */
  private static int compare(JsonNode a, JsonNode b) {
    return a.isIntegralNumber()
            && b.isIntegralNumber()
            && a.canConvertToLong()
            && b.canConvertToLong()
        ? Long.compare(a.longValue(), b.longValue())
        : Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
  }

  private static boolean hasItem(JsonNode list, JsonNode item) {
    for (JsonNode element : list) {
      if (isEqual(element, item)) {
        return true;
      }
    }
    return false;
  }

  private Result numbers(Term.Binary binary, JsonNode a, JsonNode b) {
    if (!a.isNumber() || !b.isNumber()) {
      return new Result.Problem(
          written(a.isNumber() ? binary.right() : binary.left()) + " is not a number");
    }
    double x = a.doubleValue();
    double y = b.doubleValue();
    return switch (binary.operator()) {
      case LESS -> truth(compare(a, b) < 0);
      case LESS_OR_EQUAL -> truth(compare(a, b) <= 0);
      case GREATER -> truth(compare(a, b) > 0);
      case GREATER_OR_EQUAL -> truth(compare(a, b) >= 0);
      case PLUS -> new Result.Value(DoubleNode.valueOf(x + y));
      case MINUS -> new Result.Value(DoubleNode.valueOf(x - y));
      case TIMES -> new Result.Value(DoubleNode.valueOf(x * y));
      case DIVIDE ->
          y == 0
              ? new Result.Problem(
                  written(binary.right()) + " is 0, and a division by 0 has no result")
              : new Result.Value(DoubleNode.valueOf(x / y));
      case AND, OR, EQUAL, NOT_EQUAL, CONTAINS, IN ->
          throw new IllegalStateException(binary.operator() + " is not an operator on numbers");
    };
  }

  private Result contains(Term.Binary binary, JsonNode a, JsonNode b) {
    if (a.isTextual() && b.isTextual()) {
      return truth(a.textValue().contains(b.textValue()));
    }
    return a.isArray()
        ? truth(hasItem(a, b))
        : new Result.Problem(
            written(binary.left()) + " is neither a string nor a list, so it contains nothing");
  }

  @Override
  public String toString() {
    return text;
  }
}
