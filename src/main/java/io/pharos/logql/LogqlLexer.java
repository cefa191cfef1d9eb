package io.pharos.logql;

import com.google.re2j.Pattern;
import io.pharos.logql.LogqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// Splits a query into tokens.
final class LogqlLexer {
  /// Operators and brackets. An operator is listed before its prefixes: the first match is read.
  private static final List<String> SIGNS =
      List.of(
          "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "|", "=", ">", "<", "{", "}",
          "(", ")", "[", "]", ",", "+", "-", "*", "/", "%", "^");

  private static final Pattern MANTISSA_WITH_E = Pattern.compile("[0-9.]+[eE]");
  private static final Pattern NUMBER =
      Pattern.compile("0x[0-9a-fA-F]+|([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
  private static final Pattern DURATION =
      Pattern.compile("([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d|w|y))+");
  private static final Pattern BYTES = Pattern.compile("(?i)[0-9]+(\\.[0-9]+)?[kmgtpe]?i?b");

  private final String text;
  private int position;

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
    skipSpacesAndComments();
    if (position == text.length()) {
      return new LogqlToken(Kind.END, "", position);
    }
    int begin = position;
    char c = text.charAt(position);
    if (c == '"' || c == '`') {
      return string(c);
    }
    if (isNameStart(c)) {
      skipWhile(LogqlLexer::isNamePart);
      return new LogqlToken(Kind.NAME, text.substring(begin, position), begin);
    }
    if (isDigit(c)
        || (c == '.' && position + 1 < text.length() && isDigit(text.charAt(position + 1)))) {
      return number();
    }
    if (text.startsWith("--", position)) {
      position += 2;
      skipWhile(part -> isNamePart(part) || part == '-');
      return new LogqlToken(Kind.FLAG, text.substring(begin, position), begin);
    }
    for (String sign : SIGNS) {
      if (text.startsWith(sign, position)) {
        position += sign.length();
        return new LogqlToken(Kind.SIGN, sign, begin);
      }
    }
    throw new LogqlException(text, position, "unexpected character \"" + c + "\"");
  }

  private void skipSpacesAndComments() {
    while (position < text.length()) {
      if (text.charAt(position) == '#') {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end;
      } else if (Character.isWhitespace(text.charAt(position))) {
        position++;
      } else {
        return;
      }
    }
  }

  private void skipWhile(IntPredicate characters) {
    while (position < text.length() && characters.test(text.charAt(position))) {
      position++;
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
    int begin = position;
    skipWhile(c -> isNamePart(c) || c == '.');
    String word = text.substring(begin, position);
    if (MANTISSA_WITH_E.matches(word)
        && position < text.length()
        && "+-".indexOf(text.charAt(position)) >= 0) {
      position++; // the sign of an exponent
      skipWhile(LogqlLexer::isDigit);
      word = text.substring(begin, position);
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
    int begin = position++;
    var value = new StringBuilder();
    while (position < text.length() && text.charAt(position) != quote) {
      char c = text.charAt(position++);
      if (quote == '"' && c == '\n') {
        break;
      }
      if (quote == '"' && c == '\\' && position < text.length()) {
        escape(value);
      } else {
        value.append(c);
      }
    }
    if (position >= text.length() || text.charAt(position) != quote) {
      throw new LogqlException(text, begin, "the string is not closed");
    }
    position++;
    return new LogqlToken(Kind.STRING, value.toString(), begin);
  }

  /// Reads an escape sequence, as in Go.
  private void escape(StringBuilder value) {
    char c = text.charAt(position++);
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
              position - 2,
              "unknown escape \"\\" + c + "\"; in a regular expression write \\\\" + c);
        }
        position--;
        code(value, 3, 8);
      }
    }
  }

  private void code(StringBuilder value, int digits, int radix) {
    int end = Math.min(position + digits, text.length());
    try {
      value.appendCodePoint(Integer.parseInt(text, position, end, radix));
    } catch (IllegalArgumentException _) {
      throw new LogqlException(
          text,
          position,
          "expected %d %s digits of a character code"
              .formatted(digits, radix == 16 ? "hexadecimal" : "octal"));
    }
    position = end;
  }
}
