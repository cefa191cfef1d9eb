package io.pharos.template;

import io.pharos.template.TemplateLexer.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Splits a template's text into tokens. Handles trim markers and comments, so the parser sees
/// neither.
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
  private int at;
  private int parentheses;

  TemplateLexer(Template.Source source) {
    this.source = source;
    this.text = source.text();
  }

  List<Token> tokens() {
    boolean trimNext = false;
    while (at < text.length()) {
      int open = text.indexOf("{{", at);
      int end = open < 0 ? text.length() : open;
      boolean trimBefore = open >= 0 && trimsAfterOpen(open);
      int from = trimNext ? skipSpace(at, end) : at;
      int to = trimBefore ? skipSpaceBack(from, end) : end;
      if (to > from) {
        add(Kind.TEXT, from, to);
      }
      if (open < 0) {
        at = text.length();
        break;
      }
      at = open + (trimBefore ? 3 : 2);
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
    return text.startsWith("/*", skipSpace(at, text.length()))
        && (text.startsWith("/*", at) || text.charAt(at - 1) == '-');
  }

  /// Skips a comment.
  ///
  /// @return whether it trims the text after it
  private boolean comment(int open) {
    int start = skipSpace(at, text.length());
    int close = text.indexOf("*/", start + 2);
    if (close < 0) {
      throw source.error(open, "unclosed comment");
    }
    at = close + 2;
    if (text.startsWith("}}", at)) {
      at += 2;
      return false;
    }
    if (at < text.length() && isSpace(text.charAt(at)) && text.startsWith("-}}", at + 1)) {
      at += 4;
      return true;
    }
    throw source.error(at, "comment ends before closing delimiter, expected }}");
  }

  /// Splits an action into tokens up to its closing delimiter.
  ///
  /// @return whether it trims the text after it
  private boolean action(int open) {
    tokens.add(new Token(Kind.LEFT, open, "{{"));
    parentheses = 0;
    while (at < text.length()) {
      boolean trims = isSpace(text.charAt(at)) && text.startsWith("-}}", at + 1);
      if (trims || text.startsWith("}}", at)) {
        if (parentheses > 0) {
          throw source.error(at, "unclosed left parenthesis");
        }
        int start = at;
        at += trims ? 4 : 2;
        tokens.add(new Token(Kind.RIGHT, start, "}}"));
        return trims;
      }
      item();
    }
    throw source.error(open, "unclosed action, expected }}");
  }

  private void item() {
    int start = at;
    char c = text.charAt(at);
    if (isSpace(c)) {
      while (at < text.length() && isSpace(text.charAt(at)) && !text.startsWith("-}}", at + 1)) {
        at++;
      }
      // A space directly before a closing trim marker belongs to the marker.
      if (at > start) {
        add(Kind.SPACE, start, at);
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
          throw source.error(at, "unexpected right parenthesis");
        }
        single(Kind.CLOSE);
      }
      case '|' -> single(Kind.PIPE);
      case ',' -> single(Kind.COMMA);
      case '=' -> single(Kind.ASSIGN);
      case ':' -> {
        if (!text.startsWith(":=", at)) {
          throw source.error(at, "unexpected \":\", expected :=");
        }
        at += 2;
        add(Kind.DECLARE, start, at);
      }
      case '"' -> quoted('"', Kind.STRING, "unterminated quoted string");
      case '\'' -> quoted('\'', Kind.CHARACTER, "unterminated character constant");
      case '`' -> rawString();
      case '$' -> {
        at++;
        word();
        add(Kind.VARIABLE, start, at);
      }
      case '.' -> dotOrField();
      default -> wordOrNumber(c);
    }
  }

  private void dotOrField() {
    int start = at;
    if (at + 1 < text.length() && isDigit(text.charAt(at + 1))) {
      number();
      return;
    }
    at++;
    word();
    add(at == start + 1 ? Kind.DOT : Kind.FIELD, start, at);
  }

  private void wordOrNumber(char c) {
    int start = at;
    if (isDigit(c) || c == '+' || c == '-') {
      number();
    } else if (isWord(c)) {
      word();
      String word = text.substring(start, at);
      add(KEYWORDS.contains(word) ? Kind.KEYWORD : Kind.IDENTIFIER, start, at);
    } else {
      throw source.error(at, "unexpected " + shown(at) + " in an action");
    }
  }

  private String shown(int offset) {
    return "\"" + Character.toString(text.codePointAt(offset)) + "\"";
  }

  private void number() {
    int start = at++;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean sign =
          (c == '+' || c == '-')
              && "eEpP".indexOf(text.charAt(at - 1)) >= 0
              && !text.startsWith("0x", start);
      if (!isWord(c) && c != '.' && !sign) {
        break;
      }
      at++;
    }
    add(Kind.NUMBER, start, at);
  }

  private void word() {
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
  }

  private void quoted(char quote, Kind kind, String unterminated) {
    int start = at++;
    while (true) {
      if (at >= text.length() || text.charAt(at) == '\n') {
        throw source.error(start, unterminated);
      }
      char c = text.charAt(at++);
      if (c == '\\') {
        at++;
      } else if (c == quote) {
        add(kind, start, at);
        return;
      }
    }
  }

  private void rawString() {
    int start = at;
    int close = text.indexOf('`', at + 1);
    if (close < 0) {
      throw source.error(start, "unterminated raw quoted string");
    }
    at = close + 1;
    add(Kind.RAW_STRING, start, at);
  }

  private void single(Kind kind) {
    add(kind, at, at + 1);
    at++;
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

  /// A lexical token of a template: its kind, offset and text (strings and characters as written).
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

    /// The token in errors.
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
