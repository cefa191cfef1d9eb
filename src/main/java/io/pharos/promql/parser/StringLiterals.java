package io.pharos.promql.parser;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Parses strings in `"`, `'` or backquotes, with Go's escapes.
///
/// Escaped bytes that are not valid UTF-8 become lone surrogates U+DC80 to U+DCFF, which no valid
/// text contains.
final class StringLiterals {
  /// A string and the offset after its closing quote.
  record Literal(String value, int end) {}

  private final String text;
  private final StringBuilder value = new StringBuilder();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final int start;
  private int position;

  private StringLiterals(String text, int start) {
    this.text = text;
    this.start = start;
    this.position = start;
  }

  /// Parses the string whose opening quote is at the offset `start`.
  static Literal read(String text, int start) {
    char quote = text.charAt(start);
    if (quote == '`') {
      int end = text.indexOf('`', start + 1);
      if (end < 0) {
        throw new ParseException(text, start, "unterminated raw string, expected a closing `");
      }
      return new Literal(text.substring(start + 1, end), end + 1);
    }
    return new StringLiterals(text, start).quoted(quote);
  }

  private Literal quoted(char quote) {
    position++;
    while (position < text.length() && text.charAt(position) != quote) {
      char c = text.charAt(position);
      if (c == '\n') {
        break;
      }
      if (c == '\\') {
        escape(quote);
      } else {
        flush();
        value.append(c);
        position++;
      }
    }
    if (position >= text.length() || text.charAt(position) != quote) {
      throw error("unterminated quoted string, expected a closing " + quote);
    }
    flush();
    return new Literal(value.toString(), position + 1);
  }

  private void escape(char quote) {
    if (position + 1 >= text.length()) {
      throw error("escape sequence not terminated");
    }
    char c = text.charAt(position + 1);
    switch (c) {
      case 'a' -> plain('\u0007');
      case 'b' -> plain('\b');
      case 'f' -> plain('\f');
      case 'n' -> plain('\n');
      case 'r' -> plain('\r');
      case 't' -> plain('\t');
      case 'v' -> plain('\u000b');
      case '\\' -> plain('\\');
      case 'x' -> bytes.write(code(2, 2, 16));
      case 'u' -> rune(code(2, 4, 16));
      case 'U' -> rune(code(2, 8, 16));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int code = code(1, 3, 8);
        if (code > 255) {
          throw error("octal escape above \\377");
        }
        bytes.write(code);
      }
      default -> {
        if (c != quote) {
          throw error("unknown escape sequence " + describe(position + 1));
        }
        plain(c);
      }
    }
  }

  private void plain(char c) {
    flush();
    value.append(c);
    position += 2;
  }

  private void rune(int code) {
    if (code > Character.MAX_CODE_POINT || (code >= 0xd800 && code <= 0xdfff) || code < 0) {
      throw error("escape sequence is an invalid Unicode code point");
    }
    flush();
    value.appendCodePoint(code);
  }

  private int code(int skip, int digits, int base) {
    int from = position + skip;
    int to = from + digits;
    for (int i = from; i < to; i++) {
      if (i >= text.length()) {
        throw error("escape sequence not terminated");
      }
      if (Character.digit(text.charAt(i), base) < 0) {
        throw error(
            "illegal character %s in escape sequence, expected %s digits of base %s"
                .formatted(describe(i), digits, base));
      }
    }
    position = to;
    return (int) Long.parseLong(text, from, to, base);
  }

  /// Creates an error at the start of the string.
  private ParseException error(String reason) {
    return new ParseException(text, start, reason);
  }

  /// Formats the character at an offset with its code point, like Go's `%#U`.
  private String describe(int offset) {
    int c = text.codePointAt(offset);
    return "U+%04X '%s'".formatted(c, Character.toString(c));
  }

  private void flush() {
    if (bytes.size() == 0) {
      return;
    }
    byte[] raw = bytes.toByteArray();
    bytes.reset();
    for (int i = 0; i < raw.length; ) {
      int length = runeLength(raw, i);
      if (length == 0) {
        value.append((char) (0xdc00 + (raw[i] & 0xff)));
        i++;
      } else {
        value.append(new String(raw, i, length, StandardCharsets.UTF_8));
        i += length;
      }
    }
  }

  /// Returns the length of the valid UTF-8 sequence at an index, or 0 if it is invalid.
  private static int runeLength(byte[] raw, int position) {
    for (int length = 1; length <= 4 && position + length <= raw.length; length++) {
      String rune = new String(raw, position, length, StandardCharsets.UTF_8);
      if (rune.codePointCount(0, rune.length()) == 1 && rune.codePointAt(0) != 0xfffd) {
        return length;
      }
    }
    return 0;
  }
}
