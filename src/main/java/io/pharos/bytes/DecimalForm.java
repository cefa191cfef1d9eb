package io.pharos.bytes;

/// Represents doubles as `mantissa / 10^exponent`. Most samples were written as short decimals, and
/// the differences between their mantissas are small integers.
///
/// The quotient, rounded as in the division of doubles, must have exactly the bits of the double.
/// So negative zero, infinities and NaNs have no decimal form.
public final class DecimalForm {
  /// Maximum exponent.
  public static final int MAX_EXPONENT = 12;

  /// Returned instead of an exponent if a value has no decimal form.
  public static final int NO_EXPONENT = MAX_EXPONENT + 1;

  /// Returned instead of a mantissa if a value has no decimal form.
  public static final long NO_MANTISSA = Long.MIN_VALUE;

  private static final double[] POWERS = new double[MAX_EXPONENT + 1];

  /* All integers up to this number have an exact double. */
  private static final double MAX_MANTISSA = 0x1p53;

  /* Maximum relative error of the multiplication by a power of ten: four times half a unit in
   * the last place. */
  private static final double ROUNDING = 0x1p-51;

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = power;
      power *= 10;
    }
  }

  private DecimalForm() {}

  /// Returns the minimum exponent with which a value has a mantissa, or [#NO_EXPONENT].
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

  /// Returns the mantissa of a value for this exponent, at most 2^53 in magnitude, or
  /// [#NO_MANTISSA].
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

  /// Like [#mantissa], but without checks: the value must have a mantissa for this exponent.
  public static long uncheckedMantissa(double value, int exponent) {
    return (long) (exponent == 0 ? value : Math.rint(value * POWERS[exponent]));
  }

  /// Returns the double with a mantissa and an exponent of 0 to [#MAX_EXPONENT].
  public static double value(long mantissa, int exponent) {
    return mantissa / POWERS[exponent];
  }
}
