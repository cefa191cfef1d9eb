package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.Span;
import java.util.Locale;
import java.util.Set;

/// A token with its position.
///
/// @param text the token as written; for a string, its content without quotes and escapes
record Token(Kind kind, String text, Span span) {
  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "atan2");
  private static final Set<String> KEYWORDS =
      Set.of("by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset");

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
    END("end of input", true),
    /// Invalid input, always the last token. Its text is the error message.
    ERROR("error", true);

    private final String symbol;
    private final boolean described;

    Kind(String symbol) {
      this(symbol, false);
    }

    /// Creates a kind.
    ///
    /// @param described whether `symbol` is a description of the kind for messages, instead of its
    ///   text in a query
    Kind(String symbol, boolean described) {
      this.symbol = symbol;
      this.described = described;
    }

    boolean isOperator() {
      return compareTo(EQUAL) >= 0 && compareTo(AT) <= 0;
    }

    /// Returns the kind as error messages show it.
    String expected() {
      return described ? symbol : '"' + symbol + '"';
    }
  }

  boolean is(Kind other) {
    return kind == other;
  }

  /// Returns whether this is the given keyword, ignoring case.
  boolean isWord(String word) {
    return kind == Kind.IDENTIFIER && text.equalsIgnoreCase(word);
  }

  /// Returns the token as error messages show it, like Prometheus.
  ///
  /// @param source text that contains the token
  String found(String source) {
    return switch (kind) {
      case IDENTIFIER -> {
        String word = text.toLowerCase(Locale.ROOT);
        if (OPERATORS.contains(word)) {
          yield "<op:" + word + ">";
        }
        String label = text.indexOf(':') < 0 ? "identifier " : "metric identifier ";
        yield KEYWORDS.contains(word) ? "<" + word + ">" : label + Quoted.of(text);
      }
      case NUMBER, DURATION, STRING ->
          kind.symbol + " " + Quoted.of(source.substring(span.start(), span.end()));
      default -> kind.isOperator() ? "<op:" + kind.symbol + ">" : kind.expected();
    };
  }
}
