package io.pharos.template;

/// A lexical token of a template: its kind, offset and text (strings and characters as written).
record TemplateToken(Kind kind, int offset, String text) {
  enum Kind {
    TEXT,
    LEFT,
    RIGHT,
    SPACE,
    IDENTIFIER,
    KEYWORD,
    FIELD,
    VARIABLE,
    DOT,
    NUMBER,
    CHARACTER,
    STRING,
    RAW_STRING,
    OPEN,
    CLOSE,
    PIPE,
    COMMA,
    DECLARE,
    ASSIGN,
    END
  }

  boolean is(Kind other) {
    return kind == other;
  }

  boolean isKeyword(String word) {
    return kind == Kind.KEYWORD && text.equals(word);
  }

  /// The token in errors.
  String shown() {
    return switch (kind) {
      case END -> "end of template";
      case RIGHT -> "\"}}\"";
      case SPACE -> "space";
      case TEXT,
          LEFT,
          IDENTIFIER,
          KEYWORD,
          FIELD,
          VARIABLE,
          DOT,
          NUMBER,
          CHARACTER,
          STRING,
          RAW_STRING,
          OPEN,
          CLOSE,
          PIPE,
          COMMA,
          DECLARE,
          ASSIGN ->
          "\"" + (text.length() > 20 ? text.substring(0, 20) + "…" : text) + "\"";
    };
  }
}
