package io.pharos.bytes;

/// Doubles as whole numbers of powers of ten. Most samples were written as short decimals, and of
/// those the difference to the sample before is a small whole number.
///
/// A double is `mantissa / 10^exponent` where that quotient, rounded as a double's division is, has
/// its very bits; so negative zero, infinities and what is not a number have no such form.
public final class DecimalForm {
  /// The greatest exponent.
  public static final int MAX_EXPONENT = 12;

  /// In the place of an exponent: there is none.
  public static final int NO_EXPONENT = MAX_EXPONENT + 1;

  /// In the place of a mantissa: there is none.
  public static final long NO_MANTISSA = Long.MIN_VALUE;

  private static final double[] POWERS = new double[MAX_EXPONENT + 1];

  /* Up to here each whole number is a double. */
  private static final double MAX_MANTISSA = 0x1p53;

  /* What the multiplication by a power of ten may be off, relative to the product: half a unit in
   * the last place, taken four times. */
  private static final double ROUNDING = 0x1p-51;

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = power;
      power *= 10;
    }
  }

  private DecimalForm() {}

  /// The least exponent with which a value is a decimal, or [#NO_EXPONENT].
  public static int exponent(double value) {
    for (int exponent = 0; exponent <= MAX_EXPONENT; exponent++) {
      double product = value * POWERS[exponent];
      double size = Math.abs(product);
      if (!(size <= MAX_MANTISSA)) {
        return NO_EXPONENT;
      }
      if (Math.abs(product - Math.rint(product)) <= size * ROUNDING
          && mantissa(value, exponent) != NO_MANTISSA) {
        return exponent;
      }
    }
    return NO_EXPONENT;
  }

  /// The mantissa of a value with this exponent, at most 2^53 from zero; [#NO_MANTISSA] if it has
  /// none.
  ///
  /// @param exponent 0 to [#MAX_EXPONENT]
  public static long mantissa(double value, int exponent) {
    double product = value * POWERS[exponent];
    if (!(Math.abs(product) <= MAX_MANTISSA)) {
      return NO_MANTISSA;
    }
    long mantissa = (long) Math.rint(product);
    return Double.doubleToRawLongBits(value(mantissa, exponent))
            == Double.doubleToRawLongBits(value)
        ? mantissa
        : NO_MANTISSA;
  }

  /// As [#mantissa], of a value that is known to have one with this exponent.
  public static long known(double value, int exponent) {
    return (long) (exponent == 0 ? value : Math.rint(value * POWERS[exponent]));
  }

  /// The double of a mantissa and an exponent, 0 to [#MAX_EXPONENT].
  public static double value(long mantissa, int exponent) {
    return mantissa / POWERS[exponent];
  }
}
