package io.pharos.model;

/// A string between double quotes with Go's escapes, as label values stand in PromQL and in
/// messages (Go's `strconv.Quote`). The lone surrogates U+DC80 to U+DCFF, which stand for bytes
/// that are no UTF-8, are written as those bytes.
public final class Quoted {
  private Quoted() {}

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
      quoted.append("\\x%02x".formatted(c));
    } else if (c >= 0xdc80 && c <= 0xdcff) {
      quoted.append("\\x%02x".formatted(c - 0xdc00));
    } else if (Character.isISOControl(c) || !Character.isDefined(c)) {
      quoted.append(c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
    } else {
      quoted.appendCodePoint(c);
    }
  }
}
