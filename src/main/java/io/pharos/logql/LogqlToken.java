package io.pharos.logql;

/// A token of LogQL.
///
/// @param text the token as written; for a string, its value
/// @param offset start in the text, in UTF-16 units
record LogqlToken(Kind kind, String text, int offset) {
  enum Kind {
    NAME("a name"),
    STRING("a string"),
    NUMBER("a number"),
    /// `5m` or `1h30m`
    DURATION("a duration"),
    /// `10KB` or `5MiB`
    BYTES("a number of bytes"),
    /// `--strict`
    FLAG("a flag"),
    /// an operator or a bracket
    SIGN("an operator"),
    END("the end");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }
  }

  boolean is(String sign) {
    return kind == Kind.SIGN && text.equals(sign);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /// Returns the token in quotes, for error messages.
  String quoted() {
    return switch (kind) {
      case END -> "the end of the query";
      case STRING -> "the string \"" + text + "\"";
      case NAME, NUMBER, DURATION, BYTES, FLAG, SIGN -> "\"" + text + "\"";
    };
  }
}
