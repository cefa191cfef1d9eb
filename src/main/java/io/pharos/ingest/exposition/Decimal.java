package io.pharos.ingest.exposition;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Parses a float like Go's `strconv.ParseFloat`, but without hexadecimal numbers and underscores,
/// which the exposition formats do not have.
final class Decimal {
  /* An integer of at most 2^53 and a power of ten up to 10^22 are exact as doubles. So their
   * product or quotient is rounded only once, which is correct (Clinger 1990). Nearly all exposed
   * values are of this kind. PowersOfTen rounds most of the others, and the JDK the rest. */
  private static final long EXACT_MANTISSA = 1L << 53;

  /* A number with at most this many digits fits into a long. */
  private static final int MAX_DIGITS = 18;
  private static final int NO_EXPONENT = Integer.MIN_VALUE;
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private Decimal() {}

  /// Returns the value of the bytes at offsets [from, to).
  ///
  /// @throws NumberFormatException if they are not a float, or exceed the range of doubles
  static double parse(byte[] text, int from, int to) {
    int position = from;
    boolean negative = position < to && text[position] == '-';
    if (position < to && (text[position] == '-' || text[position] == '+')) {
      position++;
    }
    int first = position;
    long mantissa = 0;
    int digits = 0;
    int fraction = 0;
    boolean afterPoint = false;
    for (; position < to; position++) {
      byte c = text[position];
      if (c >= '0' && c <= '9') {
        if (digits == MAX_DIGITS) {
          return parseSlowly(text, from, to);
        }
        mantissa = mantissa * 10 + (c - '0');
        digits += mantissa == 0 ? 0 : 1;
        fraction += afterPoint ? 1 : 0;
      } else if (c == '.' && !afterPoint) {
        afterPoint = true;
      } else {
        break;
      }
    }
    if (position - first == (afterPoint ? 1 : 0)) { // the number has no digit
      return parseSlowly(text, from, to);
    }
    int exponent = -fraction;
    if (position < to) {
      int writtenExponent = exponent(text, position, to);
      if (writtenExponent == NO_EXPONENT) {
        return parseSlowly(text, from, to);
      }
      exponent += writtenExponent;
    }
    double value = value(mantissa, exponent);
    if (Double.isNaN(value)) {
      return parseSlowly(text, from, to);
    }
    return negative ? -value : value;
  }

  /// Returns the exponent at offsets [position, to): `e`, an optional sign, and one to three
  /// digits. Returns [#NO_EXPONENT] for everything else.
  private static int exponent(byte[] text, int position, int to) {
    if (text[position] != 'e' && text[position] != 'E') {
      return NO_EXPONENT;
    }
    int digit = position + 1;
    boolean negative = digit < to && text[digit] == '-';
    if (digit < to && (text[digit] == '-' || text[digit] == '+')) {
      digit++;
    }
    if (digit == to || to - digit > 3) {
      return NO_EXPONENT;
    }
    int exponent = 0;
    for (; digit < to; digit++) {
      if (text[digit] < '0' || text[digit] > '9') {
        return NO_EXPONENT;
      }
      exponent = exponent * 10 + (text[digit] - '0');
    }
    return negative ? -exponent : exponent;
  }

  /// Returns the double, or NaN if the fast methods can't compute it.
  private static double value(long mantissa, int exponent) {
    if (mantissa == 0) {
      return 0;
    }
    if (mantissa <= EXACT_MANTISSA && Math.abs(exponent) < POWERS.length) {
      return exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
    }
    return exponent == 0 ? mantissa : PowersOfTen.scale(mantissa, exponent);
  }

  /* Returns whether the bytes are this word, without creating a string. Unusual spellings are
   * parsed as strings. */
  private static boolean is(String word, byte[] bytes, int from, int to) {
    if (to - from != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (bytes[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static double parseSlowly(byte[] bytes, int from, int to) {
    if (is("NaN", bytes, from, to)) {
      return Double.NaN;
    }
    if (is("+Inf", bytes, from, to)) {
      return Double.POSITIVE_INFINITY;
    }
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

  /// Rounds `mantissa * 10^exponent` to the nearest double by one or two multiplications with a
  /// 128-bit power of ten, if that determines the result (Lemire, "Number parsing at a gigabyte per
  /// second", 2021).
  static final class PowersOfTen {
    private static final int MIN = -348;
    private static final int MAX = 347;

    /* The upper 128 bits of each power of ten, truncated and shifted so that the highest bit is
     * set. */
    private static final long[] HIGH = new long[MAX - MIN + 1];
    private static final long[] LOW = new long[MAX - MIN + 1];

    static {
      for (int exponent = MIN; exponent <= MAX; exponent++) {
        BigInteger power = BigInteger.TEN.pow(Math.abs(exponent));
        BigInteger bits =
            exponent >= 0
                ? power.shiftLeft(Math.max(0, 128 - power.bitLength()))
                : BigInteger.ONE.shiftLeft(127 + power.bitLength()).divide(power);
        BigInteger first = bits.shiftRight(bits.bitLength() - 128);
        HIGH[exponent - MIN] = first.shiftRight(64).longValue();
        LOW[exponent - MIN] = first.longValue();
      }
    }

    private PowersOfTen() {}

    /// Returns the nearest double, ties to even; NaN if this method can't determine it, or if the
    /// result is subnormal or out of range. `mantissa` is above 0.
    static double scale(long mantissa, int exponent) {
      if (exponent < MIN || exponent > MAX) {
        return Double.NaN;
      }
      int zeros = Long.numberOfLeadingZeros(mantissa);
      long factor = mantissa << zeros;
      // 217706 / 2^16 approximates log2(10) closely enough for all exponents of the table.
      long binary = ((217706L * exponent) >> 16) + 64 + Double.MAX_EXPONENT - zeros;
      long high = Math.unsignedMultiplyHigh(factor, HIGH[exponent - MIN]);
      long low = factor * HIGH[exponent - MIN];
      if ((high & 0x1FF) == 0x1FF && Long.compareUnsigned(low + factor, factor) < 0) {
        // The lower half of the power may cause a carry into the bits of the result.
        long carried = low + Math.unsignedMultiplyHigh(factor, LOW[exponent - MIN]);
        if (Long.compareUnsigned(carried, low) < 0) {
          high++;
        }
        if ((high & 0x1FF) == 0x1FF
            && carried == -1L
            && Long.compareUnsigned(factor * LOW[exponent - MIN] + factor, factor) < 0) {
          return Double.NaN;
        }
        low = carried;
      }
      int top = (int) (high >>> 63);
      long bits = high >>> (top + 9);
      binary -= 1 ^ top;
      if (low == 0 && (high & 0x1FF) == 0 && (bits & 3) == 1) {
        return Double.NaN; // the number may be exactly between two doubles
      }
      bits = (bits + (bits & 1)) >>> 1;
      if (bits >>> 53 != 0) {
        bits >>>= 1;
        binary++;
      }
      if (binary < 1 || binary >= 2 * Double.MAX_EXPONENT + 1) {
        return Double.NaN;
      }
      return Double.longBitsToDouble(binary << 52 | (bits & ((1L << 52) - 1)));
    }
  }
}
