package io.pharos.promql.parser;

import io.pharos.promql.ast.Span;

/// A word of PromQL with its place.
///
/// @param text the word as written; a string's content without quotes and escapes
record Token(Kind kind, String text, Span span) {
  enum Kind {
    IDENTIFIER("identifier"),
    NUMBER("number"),
    DURATION("duration"),
    STRING("string"),
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
    END("end of input");

    private final String symbol;

    Kind(String symbol) {
      this.symbol = symbol;
    }

    /// The kind as an error message names it.
    String expected() {
      return switch (this) {
        case IDENTIFIER, NUMBER, DURATION, STRING, END -> symbol;
        default -> '"' + symbol + '"';
      };
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
    return switch (kind) {
      case END -> "end of input";
      case IDENTIFIER, NUMBER, DURATION, STRING ->
          kind.expected() + " " + io.pharos.model.Quoted.of(text);
      default -> kind.expected();
    };
  }
}
