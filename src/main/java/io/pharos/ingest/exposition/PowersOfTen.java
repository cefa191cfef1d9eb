package io.pharos.ingest.exposition;

import java.math.BigInteger;

/// Rounds `mantissa * 10^exponent` to the nearest double by one or two multiplications with a
/// 128-bit power of ten (Lemire, "Number parsing at a gigabyte per second", 2021), where the result
/// is certain.
final class PowersOfTen {
  private static final int MIN = -348;
  private static final int MAX = 347;

  /* The upper 128 bits of each power, truncated, the highest bit set. */
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

  /// The nearest double, ties to even; NaN if this method can't decide, or if the result is
  /// subnormal or out of range.
  ///
  /// @param mantissa above 0
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
      // The lower half of the power may carry into the bits of the result.
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
      return Double.NaN; // possibly a tie between two doubles
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
