package io.pharos.probe.expression;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.util.List;

/// A part of an expression.
sealed interface Term {
  /// A binary operator, lowest precedence first.
  enum Operator {
    OR("||", 1),
    AND("&&", 2),
    EQUAL("==", 3),
    NOT_EQUAL("!=", 3),
    LESS_OR_EQUAL("<=", 3),
    LESS("<", 3),
    GREATER_OR_EQUAL(">=", 3),
    GREATER(">", 3),
    CONTAINS("contains", 3),
    IN("in", 3),
    PLUS("+", 4),
    MINUS("-", 4),
    TIMES("*", 5),
    DIVIDE("/", 5);

    final String symbol;
    final int binding;

    Operator(String symbol, int binding) {
      this.symbol = symbol;
      this.binding = binding;
    }
  }

  /// A literal.
  record Constant(JsonNode value) implements Term {}

  /// A path into the facts: a variable, then field names ([String]) and indexes ([Integer]).
  record Seen(String text, String variable, List<Object> way) implements Term {
    public Seen {
      way = List.copyOf(way);
    }
  }

  record Not(Term of) implements Term {}

  record Negative(Term of) implements Term {}

  /// Whether a path leads to a value.
  record Has(Seen of) implements Term {}

  /// The number of characters, items or fields of a value.
  record Size(Term of) implements Term {}

  /// Whether a regular expression matches a part of a value.
  record Matches(Term of, Pattern pattern) implements Term {}

  record Items(List<Term> items) implements Term {
    public Items {
      items = List.copyOf(items);
    }
  }

  /// A binary operation with its source text.
  record Both(Operator operator, Term left, Term right, String text) implements Term {}

  /// A term with its source text.
  record Written(Term of, String text) implements Term {}
}
