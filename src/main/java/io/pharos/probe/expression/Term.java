package io.pharos.probe.expression;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.util.List;

/// A part of an expression.
sealed interface Term {
  /// A binary operator. Operators with a lower precedence come first.
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
    final int precedence;

    Operator(String symbol, int precedence) {
      this.symbol = symbol;
      this.precedence = precedence;
    }
  }

  /// A literal.
  record Constant(JsonNode value) implements Term {}

  /// A path into the facts: a variable, then field names ([String]) and indexes ([Integer]).
  record FactPath(String text, String variable, List<Object> keys) implements Term {
    public FactPath {
      keys = List.copyOf(keys);
    }
  }

  record Not(Term operand) implements Term {}

  record Negative(Term operand) implements Term {}

  /// Tests whether a path leads to a value.
  record Has(FactPath path) implements Term {}

  /// The number of characters, items or fields of a value.
  record Size(Term operand) implements Term {}

  /// Tests whether a regular expression matches a part of a value.
  record Matches(Term operand, Pattern pattern) implements Term {}

  record Items(List<Term> items) implements Term {
    public Items {
      items = List.copyOf(items);
    }
  }

  /// A binary operation with its source text.
  record Binary(Operator operator, Term left, Term right, String text) implements Term {}

  /// A term with its source text.
  record WithSource(Term term, String text) implements Term {}
}
