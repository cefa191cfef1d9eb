package io.pharos.template;

import io.pharos.template.TemplateLexer.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Splits a template's text into tokens. Applies trim markers and skips comments, so the parser
/// receives neither.
final class TemplateLexer {
  private static final Set<String> KEYWORDS =
      Set.of(
          "block",
          "break",
          "continue",
          "define",
          "else",
          "end",
          "if",
          "range",
          "nil",
          "template",
          "with",
          "true",
          "false");

  private final Template.Source source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int parentheses;

  TemplateLexer(Template.Source source) {
    this.source = source;
    this.text = source.text();
  }

  List<Token> tokens() {
    boolean trimNext = false;
    while (position < text.length()) {
      int open = text.indexOf("{{", position);
      int end = open < 0 ? text.length() : open;
      boolean trimBefore = open >= 0 && trimsAfterOpen(open);
      int from = trimNext ? skipSpace(position, end) : position;
      int to = trimBefore ? skipSpaceBack(from, end) : end;
      if (to > from) {
        add(Kind.TEXT, from, to);
      }
      if (open < 0) {
        position = text.length();
        break;
      }
      position = open + (trimBefore ? 3 : 2);
      trimNext = isComment() ? comment(open) : action(open);
    }
    tokens.add(new Token(Kind.END, text.length(), ""));
    return tokens;
  }

  private boolean trimsAfterOpen(int open) {
    return open + 3 < text.length()
        && text.charAt(open + 2) == '-'
        && isSpace(text.charAt(open + 3));
  }

  private int skipSpace(int from, int end) {
    int i = from;
    while (i < end && isSpace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private int skipSpaceBack(int from, int end) {
    int i = end;
    while (i > from && isSpace(text.charAt(i - 1))) {
      i--;
    }
    return i;
  }

  private boolean isComment() {
    return text.startsWith("/*", skipSpace(position, text.length()))
        && (text.startsWith("/*", position) || text.charAt(position - 1) == '-');
  }

  /// Skips a comment.
  ///
  /// @return whether the comment ends with a trim marker, so that white space after it is removed
  private boolean comment(int open) {
    int start = skipSpace(position, text.length());
    int close = text.indexOf("*/", start + 2);
    if (close < 0) {
      throw source.error(open, "unclosed comment");
    }
    position = close + 2;
    if (text.startsWith("}}", position)) {
      position += 2;
      return false;
    }
    if (position < text.length()
        && isSpace(text.charAt(position))
        && text.startsWith("-}}", position + 1)) {
      position += 4;
      return true;
    }
    throw source.error(position, "comment ends before closing delimiter, expected }}");
  }

  /// Splits an action into tokens up to its closing delimiter.
  ///
  /// @return whether the action ends with a trim marker, so that white space after it is removed
  private boolean action(int open) {
    tokens.add(new Token(Kind.LEFT, open, "{{"));
    parentheses = 0;
    while (position < text.length()) {
      boolean trims = isSpace(text.charAt(position)) && text.startsWith("-}}", position + 1);
      if (trims || text.startsWith("}}", position)) {
        if (parentheses > 0) {
          throw source.error(position, "unclosed left parenthesis");
        }
        int start = position;
        position += trims ? 4 : 2;
        tokens.add(new Token(Kind.RIGHT, start, "}}"));
        return trims;
      }
      item();
    }
    throw source.error(open, "unclosed action, expected }}");
  }

  private void item() {
    int start = position;
    char c = text.charAt(position);
    if (isSpace(c)) {
      while (position < text.length()
          && isSpace(text.charAt(position))
          && !text.startsWith("-}}", position + 1)) {
        position++;
      }
      // A space directly before a closing trim marker belongs to the marker.
      if (position > start) {
        add(Kind.SPACE, start, position);
      }
      return;
    }
    switch (c) {
      case '(' -> {
        parentheses++;
        single(Kind.OPEN);
      }
      case ')' -> {
        if (--parentheses < 0) {
          throw source.error(position, "unexpected right parenthesis");
        }
        single(Kind.CLOSE);
      }
      case '|' -> single(Kind.PIPE);
      case ',' -> single(Kind.COMMA);
      case '=' -> single(Kind.ASSIGN);
      case ':' -> {
        if (!text.startsWith(":=", position)) {
          throw source.error(position, "unexpected \":\", expected :=");
        }
        position += 2;
        add(Kind.DECLARE, start, position);
      }
      case '"' -> quoted('"', Kind.STRING, "unterminated quoted string");
      case '\'' -> quoted('\'', Kind.CHARACTER, "unterminated character constant");
      case '`' -> rawString();
      case '$' -> {
        position++;
        word();
        add(Kind.VARIABLE, start, position);
      }
      case '.' -> dotOrField();
      default -> wordOrNumber(c);
    }
  }

  private void dotOrField() {
    int start = position;
    if (position + 1 < text.length() && isDigit(text.charAt(position + 1))) {
      number();
      return;
    }
    position++;
    word();
    add(position == start + 1 ? Kind.DOT : Kind.FIELD, start, position);
  }

  private void wordOrNumber(char c) {
    int start = position;
    if (isDigit(c) || c == '+' || c == '-') {
      number();
    } else if (isWord(c)) {
      word();
      String word = text.substring(start, position);
      add(KEYWORDS.contains(word) ? Kind.KEYWORD : Kind.IDENTIFIER, start, position);
    } else {
      throw source.error(position, "unexpected " + shown(position) + " in an action");
    }
  }

  private String shown(int offset) {
    return "\"" + Character.toString(text.codePointAt(offset)) + "\"";
  }

  private void number() {
    int start = position++;
    while (position < text.length()) {
      char c = text.charAt(position);
      boolean sign =
          (c == '+' || c == '-')
              && "eEpP".indexOf(text.charAt(position - 1)) >= 0
              && !text.startsWith("0x", start);
      if (!isWord(c) && c != '.' && !sign) {
        break;
      }
      position++;
    }
    add(Kind.NUMBER, start, position);
  }

  private void word() {
    while (position < text.length() && isWord(text.charAt(position))) {
      position++;
    }
  }

  private void quoted(char quote, Kind kind, String unterminated) {
    int start = position++;
    while (true) {
      if (position >= text.length() || text.charAt(position) == '\n') {
        throw source.error(start, unterminated);
      }
      char c = text.charAt(position++);
      if (c == '\\') {
        position++;
      } else if (c == quote) {
        add(kind, start, position);
        return;
      }
    }
  }

  private void rawString() {
    int start = position;
    int close = text.indexOf('`', position + 1);
    if (close < 0) {
      throw source.error(start, "unterminated raw quoted string");
    }
    position = close + 1;
    add(Kind.RAW_STRING, start, position);
  }

  private void single(Kind kind) {
    add(kind, position, position + 1);
    position++;
  }

  private void add(Kind kind, int from, int to) {
    tokens.add(new Token(kind, from, text.substring(from, to)));
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isWord(char c) {
    return c == '_' || Character.isLetterOrDigit(c) || Character.isSurrogate(c);
  }

  /// A lexical token of a template: its kind, offset and text. The text of strings and characters
  /// includes quotes and escapes.
  record Token(Kind kind, int offset, String text) {
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

    /// Returns the token as errors show it.
    String shown() {
      return switch (kind) {
        case END -> "end of template";
        case RIGHT -> "\"}}\"";
        case SPACE -> "space";
        default -> "\"" + (text.length() > 20 ? text.substring(0, 20) + "…" : text) + "\"";
      };
    }
  }
}
