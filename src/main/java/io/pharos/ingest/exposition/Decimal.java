package io.pharos.ingest.exposition;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Reads a float as Go's `strconv.ParseFloat` does, without its hexadecimal form and underscores,
/// which the formats do not have.
final class Decimal {
  /* A decimal of at most 2^53 times or divided by a power of ten up to 10^22 is exact in doubles,
   * so that one operation rounds right (Clinger 1990); nearly all exposed values are such. */
  private static final long EXACT_MANTISSA = 1L << 53;
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private Decimal() {}

  /// The value of the bytes in [from, to).
  ///
  /// @throws NumberFormatException when they are no float, or one beyond the range of doubles
  static double parse(byte[] text, int from, int to) {
    int at = from;
    boolean negative = at < to && text[at] == '-';
    if (at < to && (text[at] == '-' || text[at] == '+')) {
      at++;
    }
    long mantissa = 0;
    int digits = 0;
    int fraction = 0;
    boolean point = false;
    for (; at < to; at++) {
      byte c = text[at];
      if (c >= '0' && c <= '9' && digits < 18) {
        mantissa = mantissa * 10 + (c - '0');
        digits++;
        fraction += point ? 1 : 0;
      } else if (c == '.' && !point) {
        point = true;
      } else {
        return slow(text, from, to);
      }
    }
    if (digits == 0 || (mantissa > EXACT_MANTISSA && fraction > 0)) {
      return slow(text, from, to);
    }
    double value = mantissa / POWERS[fraction];
    return negative ? -value : value;
  }

  private static double slow(byte[] bytes, int from, int to) {
    String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
    boolean signed = text.startsWith("+") || text.startsWith("-");
    return switch (text.substring(signed ? 1 : 0).toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "inf", "infinity" ->
          text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      default -> finite(text);
    };
  }

  private static double finite(String text) {
    for (int i = 0; i < text.length(); i++) {
      if ("0123456789+-.eE".indexOf(text.charAt(i)) < 0) {
        throw new NumberFormatException("not a number");
      }
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw new NumberFormatException("beyond the range of doubles");
    }
    return value;
  }
}
