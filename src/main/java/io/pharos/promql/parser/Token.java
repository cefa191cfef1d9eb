package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.Span;

/// A word of PromQL with its place.
///
/// @param text the word as written; a string's content without quotes and escapes
record Token(Kind kind, String text, Span span) {
  enum Kind {
    IDENTIFIER("identifier", true),
    NUMBER("number", true),
    DURATION("duration", true),
    STRING("string", true),
    LEFT_PAREN("("),
    RIGHT_PAREN(")"),
    LEFT_BRACE("{"),
    RIGHT_BRACE("}"),
    LEFT_BRACKET("["),
    RIGHT_BRACKET("]"),
    COMMA(","),
    COLON(":"),
    ASSIGN("="),
    REGEX("=~"),
    NOT_REGEX("!~"),
    EQUAL("=="),
    NOT_EQUAL("!="),
    GREATER(">"),
    LESS("<"),
    GREATER_OR_EQUAL(">="),
    LESS_OR_EQUAL("<="),
    TRIM_UPPER("</"),
    TRIM_LOWER(">/"),
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    MODULO("%"),
    POWER("^"),
    AT("@"),
    END("end of input", true);

    private final String symbol;
    private final boolean described;

    Kind(String symbol) {
      this(symbol, false);
    }

    /// @param described whether `symbol` describes the kind instead of being its text
    Kind(String symbol, boolean described) {
      this.symbol = symbol;
      this.described = described;
    }

    /// The kind as an error message names it.
    String expected() {
      return described ? symbol : '"' + symbol + '"';
    }
  }

  boolean is(Kind other) {
    return kind == other;
  }

  /// Whether this is the given word; PromQL's keywords have no case.
  boolean isWord(String word) {
    return kind == Kind.IDENTIFIER && text.equalsIgnoreCase(word);
  }

  /// The token as an error message names it.
  String found() {
    return kind.described && kind != Kind.END
        ? kind.expected() + " " + Quoted.of(text)
        : kind.expected();
  }
}
