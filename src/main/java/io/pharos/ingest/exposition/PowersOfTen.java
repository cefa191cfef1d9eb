package io.pharos.ingest.exposition;

import java.math.BigInteger;

/// Rounds `mantissa * 10^exponent` to the nearest double by one or two multiplications with a power
/// of ten of 128 bits (Lemire, "Number parsing at a gigabyte per second", 2021), where those leave
/// no doubt.
final class PowersOfTen {
  private static final int LEAST = -348;
  private static final int MOST = 347;

  /* The upper 128 bits of each power, cut off and not rounded, the highest bit set. */
  private static final long[] HIGH = new long[MOST - LEAST + 1];
  private static final long[] LOW = new long[MOST - LEAST + 1];

  static {
    for (int exponent = LEAST; exponent <= MOST; exponent++) {
      BigInteger power = BigInteger.TEN.pow(Math.abs(exponent));
      BigInteger bits =
          exponent >= 0
              ? power.shiftLeft(Math.max(0, 128 - power.bitLength()))
              : BigInteger.ONE.shiftLeft(127 + power.bitLength()).divide(power);
      BigInteger first = bits.shiftRight(bits.bitLength() - 128);
      HIGH[exponent - LEAST] = first.shiftRight(64).longValue();
      LOW[exponent - LEAST] = first.longValue();
    }
  }

  private PowersOfTen() {}

  /// The nearest double, to even; NaN where this can't tell, or where the result is below the
  /// normal numbers or beyond all.
  ///
  /// @param mantissa above 0
  static double scale(long mantissa, int exponent) {
    if (exponent < LEAST || exponent > MOST) {
      return Double.NaN;
    }
    int zeros = Long.numberOfLeadingZeros(mantissa);
    long factor = mantissa << zeros;
    // 217706 / 2^16 is the binary logarithm of ten, near enough for all exponents of the table.
    long binary = ((217706L * exponent) >> 16) + 64 + Double.MAX_EXPONENT - zeros;
    long high = Math.unsignedMultiplyHigh(factor, HIGH[exponent - LEAST]);
    long low = factor * HIGH[exponent - LEAST];
    if ((high & 0x1FF) == 0x1FF && Long.compareUnsigned(low + factor, factor) < 0) {
      // What the lower half of the power would add may be carried into the bits that count.
      long carried = low + Math.unsignedMultiplyHigh(factor, LOW[exponent - LEAST]);
      if (Long.compareUnsigned(carried, low) < 0) {
        high++;
      }
      if ((high & 0x1FF) == 0x1FF
          && carried == -1L
          && Long.compareUnsigned(factor * LOW[exponent - LEAST] + factor, factor) < 0) {
        return Double.NaN;
      }
      low = carried;
    }
    int top = (int) (high >>> 63);
    long bits = high >>> (top + 9);
    binary -= 1 ^ top;
    if (low == 0 && (high & 0x1FF) == 0 && (bits & 3) == 1) {
      return Double.NaN; // just between two doubles, as far as one sees
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
