package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;
import java.math.BigDecimal;
import java.util.Optional;

/// An assertion on a JSON body: a path, an operator and a value.
///
/// JSON numbers are compared as numbers, everything else as text: strings without quotes, `true`,
/// `false`, `null`.
public final class JsonAssertion {
  /// Comparison operators.
  public enum Operator {
    EQUAL("=="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    /// Whether the path leads to a value, which may be null.
    EXISTS("exists"),
    /// Whether a regular expression matches part of the value.
    MATCHES("matches");

    private final String symbol;

    Operator(String symbol) {
      this.symbol = symbol;
    }

    static Operator parse(String symbol) {
      for (Operator operator : values()) {
        if (operator.symbol.equals(symbol)) {
          return operator;
        }
      }
      throw new NumberFormatException(symbol);
    }
  }

  private static final int MAX_SHOWN_CHARACTERS = 100;

  private final JsonPath path;
  private final Operator operator;
  private final String value;
  private final Pattern pattern;

  private JsonAssertion(JsonPath path, Operator operator, String value) {
    this.path = path;
    this.operator = operator;
    this.value = value;
    this.pattern = Re2.compile(operator == Operator.MATCHES ? value : "", 0);
  }

  /// @throws IllegalArgumentException if the value does not fit the operator
  static JsonAssertion of(JsonPath path, Operator operator, String value) {
    switch (operator) {
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> number(value);
      case EXISTS -> {
        if (!value.equals("true") && !value.equals("false")) {
          throw new IllegalArgumentException("expected true or false as the value of exists");
        }
      }
      case EQUAL, NOT_EQUAL, MATCHES -> {}
    }
    return new JsonAssertion(path, operator, value);
  }

  private static BigDecimal number(String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a number as the value of the operator", e);
    }
  }

  /// Returns why the document fails the assertion; empty if the document satisfies the assertion.
  public Optional<String> check(JsonNode document) {
    JsonNode found = path.find(document);
    if (operator == Operator.EXISTS) {
      boolean mustExist = value.equals("true");
      return found.isMissingNode() != mustExist ? Optional.empty() : Optional.of(explain(found));
    }
    if (found.isMissingNode()) {
      return operator == Operator.NOT_EQUAL ? Optional.empty() : Optional.of(explain(found));
    }
    boolean holds =
        switch (operator) {
          case EQUAL -> isEqual(found);
          case NOT_EQUAL -> !isEqual(found);
          case LESS -> found.isNumber() && compare(found) < 0;
          case LESS_OR_EQUAL -> found.isNumber() && compare(found) <= 0;
          case GREATER -> found.isNumber() && compare(found) > 0;
          case GREATER_OR_EQUAL -> found.isNumber() && compare(found) >= 0;
          case MATCHES -> pattern.matcher(text(found)).find();
          case EXISTS -> true;
        };
    return holds ? Optional.empty() : Optional.of(explain(found));
  }

  private boolean isEqual(JsonNode found) {
    if (found.isNumber()) {
      try {
        return found.decimalValue().compareTo(new BigDecimal(value)) == 0;
      } catch (NumberFormatException _) {
        return false; // the expected value is not a number
      }
    }
    return text(found).equals(value);
  }

  private int compare(JsonNode found) {
    return found.decimalValue().compareTo(new BigDecimal(value));
  }

  private static String text(JsonNode node) {
    return node.isTextual() ? node.textValue() : node.toString();
  }

  private String explain(JsonNode found) {
    String shown = found.isMissingNode() ? "nothing" : found.toString();
    return "%s: found %s, expected %s %s"
        .formatted(
            path, Quoted.cut(shown, MAX_SHOWN_CHARACTERS), operator.symbol, Quoted.of(value));
  }

  @Override
  public String toString() {
    return requireNonNull(path) + " " + operator.symbol + " " + Quoted.of(value);
  }
}
