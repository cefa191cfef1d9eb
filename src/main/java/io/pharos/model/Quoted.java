package io.pharos.model;

/// Quotes strings with Go's escapes (`strconv.Quote`), as in PromQL and in messages. The lone
/// surrogates U+DC80 to U+DCFF represent bytes that are not UTF-8, and are written as `\x` escapes
/// of those bytes.
public final class Quoted {
  private Quoted() {}

  /// Returns the text, cut after `max` characters and followed by an ellipsis if it is longer.
  public static String cut(String text, int max) {
    return text.length() <= max ? text : text.substring(0, max) + "…";
  }

  /// Returns the string in double quotes, with escapes.
  public static String of(String text) {
    var quoted = new StringBuilder(text.length() + 2).append('"');
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case 0x07 -> quoted.append("\\a");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case 0x0b -> quoted.append("\\v");
                default -> appendRune(quoted, c);
              }
            });
    return quoted.append('"').toString();
  }

  private static void appendRune(StringBuilder quoted, int c) {
    if (c < 0x20 || c == 0x7f) {
      appendHex(quoted.append("\\x"), c, 2);
    } else if (c >= 0xdc80 && c <= 0xdcff) {
      appendHex(quoted.append("\\x"), c - 0xdc00, 2);
    } else if (Character.isISOControl(c) || !Character.isDefined(c)) {
      boolean isShort = c < 0x10000;
      appendHex(quoted.append(isShort ? "\\u" : "\\U"), c, isShort ? 4 : 8);
    } else {
      quoted.appendCodePoint(c);
    }
  }

  /* Appends the digits one by one, because String.format would need a fifth of a second for a long
   * text. */
  private static void appendHex(StringBuilder quoted, int value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      quoted.append(Character.forDigit(value >>> shift & 0xf, 16));
    }
  }
}
