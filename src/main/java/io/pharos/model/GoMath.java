package io.pharos.model;

/// Functions of Go's `math` whose results differ from Java's [Math].
public final class GoMath {
  private GoMath() {}

  /// The larger number: positive infinity before NaN, NaN before any other.
  public static double max(double a, double b) {
    return a == Double.POSITIVE_INFINITY || b == Double.POSITIVE_INFINITY
        ? Double.POSITIVE_INFINITY
        : Math.max(a, b);
  }

  /// The smaller number: negative infinity before NaN, NaN before any other.
  public static double min(double a, double b) {
    return a == Double.NEGATIVE_INFINITY || b == Double.NEGATIVE_INFINITY
        ? Double.NEGATIVE_INFINITY
        : Math.min(a, b);
  }

  /// A power as in IEEE 754-2008: 1 to any power, and -1 to an infinite power, is 1.
  public static double power(double base, double exponent) {
    return base == 1 || (base == -1 && Double.isInfinite(exponent)) ? 1 : Math.pow(base, exponent);
  }

  /// The integer part as 64 bits; the minimum of a long for NaN and numbers out of range, as on
  /// x86-64.
  public static long truncated(double value) {
    return value >= -0x1p63 && value < 0x1p63 ? (long) value : Long.MIN_VALUE;
  }
}
