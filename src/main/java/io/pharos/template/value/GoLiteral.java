package io.pharos.template.value;

/// Parses Go's string, character and number literals.
public final class GoLiteral {
  private GoLiteral() {}

  /// Returns the content of a quoted string or character, with its escapes replaced.
  public static String unquote(String literal) {
    String inner = literal.substring(1, literal.length() - 1);
    if (literal.charAt(0) == '`') {
      return inner.replace("\r", "");
    }
    var text = new StringBuilder(inner.length());
    int i = 0;
    while (i < inner.length()) {
      char c = inner.charAt(i++);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      if (i >= inner.length()) {
        throw new IllegalArgumentException("invalid syntax");
      }
      char escape = inner.charAt(i++);
      int digits =
          switch (escape) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
          };
      if (digits > 0) {
        text.appendCodePoint(code(inner, i, digits, 16));
        i += digits;
      } else if (escape >= '0' && escape <= '7') {
        text.appendCodePoint(code(inner, i - 1, 3, 8));
        i += 2;
      } else {
        text.append(simple(escape));
      }
    }
    return text.toString();
  }

  private static char simple(char escape) {
    return switch (escape) {
      case 'a' -> 0x07;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> 0x0b;
      case '\\', '"', '\'' -> escape;
      default -> throw new IllegalArgumentException("invalid escape \\" + escape);
    };
  }

  private static int code(String text, int from, int digits, int radix) {
    try {
      int code = Integer.parseInt(text.substring(from, from + digits), radix);
      if (Character.isValidCodePoint(code)) {
        return code;
      }
    } catch (NumberFormatException | StringIndexOutOfBoundsException _) {
      // An invalid code is reported below.
    }
    throw new IllegalArgumentException("invalid escape");
  }

  /// Parses a number.
  ///
  /// @return a Long or a Double
  /// @throws IllegalArgumentException if Go's templates do not accept the text; complex numbers are
  ///   not supported
  public static Object number(String literal) {
    String text = literal.replace("_", "");
    String digits = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
    String lower = digits.toLowerCase(java.util.Locale.ROOT);
    boolean negative = text.startsWith("-");
    if (lower.startsWith("0x") && lower.indexOf('p') < 0) {
      return integer(negative, lower.substring(2), 16);
    }
    if (lower.startsWith("0b")) {
      return integer(negative, lower.substring(2), 2);
    }
    if (lower.startsWith("0o")) {
      return integer(negative, lower.substring(2), 8);
    }
    if (lower.isEmpty() || lower.endsWith("d") || lower.endsWith("f")) {
      throw new IllegalArgumentException("not a number");
    }
    if (lower.indexOf('.') >= 0 || lower.indexOf('e') >= 0 || lower.indexOf('p') >= 0) {
      double value = Double.parseDouble(digits);
      return negative ? -value : value;
    }
    if (lower.length() > 1 && lower.charAt(0) == '0') {
      return integer(negative, lower, 8);
    }
    return integer(negative, lower, 10);
  }

  private static Long integer(boolean negative, String digits, int radix) {
    return Long.parseLong(negative ? "-" + digits : digits, radix);
  }
}
