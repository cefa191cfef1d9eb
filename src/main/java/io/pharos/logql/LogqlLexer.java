package io.pharos.logql;

import com.google.re2j.Pattern;
import io.pharos.logql.LogqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// Splits a query into tokens.
final class LogqlLexer {
  /// Operators and brackets. A longer one is before those that it starts with.
  private static final List<String> SIGNS =
      List.of(
          "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "|", "=", ">", "<", "{", "}",
          "(", ")", "[", "]", ",", "+", "-", "*", "/", "%", "^");

  private static final Pattern BEFORE_SIGN = Pattern.compile("[0-9.]+[eE]");
  private static final Pattern NUMBER =
      Pattern.compile("0x[0-9a-fA-F]+|([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
  private static final Pattern DURATION =
      Pattern.compile("([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d|w|y))+");
  private static final Pattern BYTES = Pattern.compile("(?i)[0-9]+(\\.[0-9]+)?[kmgtpe]?i?b");

  private final String text;
  private int at;

  LogqlLexer(String text) {
    this.text = text;
  }

  List<LogqlToken> tokens() {
    var tokens = new ArrayList<LogqlToken>();
    do {
      tokens.add(next());
    } while (tokens.getLast().kind() != Kind.END);
    return tokens;
  }

  private LogqlToken next() {
    skip();
    if (at == text.length()) {
      return new LogqlToken(Kind.END, "", at);
    }
    int begin = at;
    char c = text.charAt(at);
    if (c == '"' || c == '`') {
      return string(c);
    }
    if (isNameStart(c)) {
      skipWhile(LogqlLexer::isNamePart);
      return new LogqlToken(Kind.NAME, text.substring(begin, at), begin);
    }
    if (isDigit(c) || (c == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
      return number();
    }
    if (text.startsWith("--", at)) {
      at += 2;
      skipWhile(it -> isNamePart(it) || it == '-');
      return new LogqlToken(Kind.FLAG, text.substring(begin, at), begin);
    }
    for (String sign : SIGNS) {
      if (text.startsWith(sign, at)) {
        at += sign.length();
        return new LogqlToken(Kind.SIGN, sign, begin);
      }
    }
    throw new LogqlException(text, at, "unexpected character \"" + c + "\"");
  }

  private void skip() {
    while (at < text.length()) {
      if (text.charAt(at) == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (Character.isWhitespace(text.charAt(at))) {
        at++;
      } else {
        return;
      }
    }
  }

  private void skipWhile(IntPredicate characters) {
    while (at < text.length() && characters.test(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameStart(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isNamePart(int c) {
    return isNameStart(c) || isDigit(c);
  }

  /// Reads a number, a duration or a number of bytes.
  private LogqlToken number() {
    int begin = at;
    skipWhile(c -> isNamePart(c) || c == '.');
    String word = text.substring(begin, at);
    if (BEFORE_SIGN.matches(word) && at < text.length() && "+-".indexOf(text.charAt(at)) >= 0) {
      at++; // the sign of an exponent
      skipWhile(LogqlLexer::isDigit);
      word = text.substring(begin, at);
    }
    return new LogqlToken(kind(word, begin), word, begin);
  }

  private Kind kind(String word, int begin) {
    if (NUMBER.matches(word)) {
      return Kind.NUMBER;
    }
    if (DURATION.matches(word)) {
      return Kind.DURATION;
    }
    if (BYTES.matches(word)) {
      return Kind.BYTES;
    }
    throw new LogqlException(
        text, begin, "expected a number, a duration or a number of bytes, found \"" + word + "\"");
  }

  private LogqlToken string(char quote) {
    int begin = at++;
    var value = new StringBuilder();
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (quote == '"' && c == '\n') {
        break;
      }
      if (quote == '"' && c == '\\' && at < text.length()) {
        escape(value);
      } else {
        value.append(c);
      }
    }
    if (at >= text.length() || text.charAt(at) != quote) {
      throw new LogqlException(text, begin, "the string is not closed");
    }
    at++;
    return new LogqlToken(Kind.STRING, value.toString(), begin);
  }

  /// Reads an escape sequence, as in Go.
  private void escape(StringBuilder value) {
    char c = text.charAt(at++);
    switch (c) {
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case 'a' -> value.append('\u0007');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'v' -> value.append('\u000b');
      case '\\', '"' -> value.append(c);
      case 'x' -> code(value, 2, 16);
      case 'u' -> code(value, 4, 16);
      case 'U' -> code(value, 8, 16);
      default -> {
        if (c < '0' || c > '7') {
          throw new LogqlException(
              text,
              at - 2,
              "unknown escape \"\\" + c + "\"; in a regular expression write \\\\" + c);
        }
        at--;
        code(value, 3, 8);
      }
    }
  }

  private void code(StringBuilder value, int digits, int radix) {
    int end = Math.min(at + digits, text.length());
    try {
      value.appendCodePoint(Integer.parseInt(text, at, end, radix));
    } catch (IllegalArgumentException _) {
      throw new LogqlException(text, at, "expected " + digits + " digits of a character code");
    }
    at = end;
  }
}
