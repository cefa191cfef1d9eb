package io.pharos.model;

import java.util.ArrayList;
import java.util.List;

/// Alertmanager's UTF-8 notation for matchers: `[{] name op value {, name op value} [,] [}]`. Names
/// and values are bare words without white space and reserved characters, or quoted with Go's
/// escapes.
final class Utf8Matchers {
  private final String text;
  private final RegexBudget regexes = new RegexBudget();
  private int at;

  Utf8Matchers(String text) {
    this.text = text;
  }

  List<LabelMatcher> parse() {
    skipSpace();
    boolean braces = accept('{');
    var matchers = new ArrayList<LabelMatcher>();
    while (!atEnd() && peek() != '}') {
      matchers.add(matcher());
      if (!accept(',')) {
        break;
      }
    }
    if (braces && !accept('}')) {
      throw error("expected a comma or close brace");
    }
    if (!atEnd()) {
      throw error(
          peek() == '}' ? "unexpected close brace" : "expected a comma or the end of the input");
    }
    return List.copyOf(matchers);
  }

  private LabelMatcher matcher() {
    String name = word("label name");
    if (name.isEmpty()) {
      throw error("a label name must not be empty");
    }
    String operator = MatcherParser.operatorAt(text, at);
    if (operator == null) {
      throw error("expected an operator such as =, !=, =~ or !~");
    }
    at += operator.length();
    skipSpace();
    return MatcherParser.matcher(name, operator, word("label value"), regexes);
  }

  private String word(String what) {
    if (atEnd()) {
      throw error("expected " + what + ", found the end of the input");
    }
    String word = peek() == '"' ? quoted() : bare(what);
    skipSpace();
    return word;
  }

  private String bare(String what) {
    int start = at;
    while (!atEnd() && !isReserved(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    if (at == start) {
      throw error("expected " + what);
    }
    return text.substring(start, at);
  }

  /// White space and the characters that are not allowed in bare words.
  static boolean isReserved(int c) {
    return Character.isWhitespace(c) || c == 0x85 || c == 0xa0 || "{}!=~,\\\"'`".indexOf(c) >= 0;
  }

  private String quoted() {
    int start = at++;
    var value = new StringBuilder();
    while (true) {
      if (atEnd() || peek() == '\n') {
        at = start;
        throw error("missing end \"");
      }
      char c = text.charAt(at++);
      if (c == '"') {
        return value.toString();
      }
      if (c != '\\') {
        value.append(c);
      } else {
        escape(value);
      }
    }
  }

  private void escape(StringBuilder value) {
    if (atEnd()) {
      throw error("missing end \"");
    }
    char c = text.charAt(at++);
    switch (c) {
      case 'a' -> value.append('\u0007');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'v' -> value.append('\u000b');
      case '\\', '"' -> value.append(c);
      case 'x' -> value.appendCodePoint(number(2, 16));
      case 'u' -> value.appendCodePoint(number(4, 16));
      case 'U' -> value.appendCodePoint(number(8, 16));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        at--;
        value.appendCodePoint(number(3, 8));
      }
      default -> throw error("unknown escape \\" + c);
    }
  }

  private int number(int digits, int radix) {
    try {
      int number = Integer.parseInt(text, at, at + digits, radix);
      at += digits;
      if (!Character.isValidCodePoint(number)) {
        throw error("not a code point");
      }
      return number;
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      var error = error("expected " + digits + " digits after the escape");
      error.initCause(e);
      throw error;
    }
  }

  private boolean accept(char c) {
    if (!atEnd() && peek() == c) {
      at++;
      skipSpace();
      return true;
    }
    return false;
  }

  private char peek() {
    return text.charAt(at);
  }

  private boolean atEnd() {
    return at >= text.length();
  }

  private void skipSpace() {
    while (!atEnd() && Character.isWhitespace(peek())) {
      at++;
    }
  }

  private IllegalArgumentException error(String message) {
    return new IllegalArgumentException("%d: %s in %s".formatted(at, message, Quoted.of(text)));
  }
}
