package io.pharos.model;

/// Functions of Go's `math` whose results differ from Java's [Math].
public final class GoMath {
  private GoMath() {}

  /// Returns the larger number; positive infinity is larger than NaN, and NaN larger than all
  /// others.
  public static double max(double a, double b) {
    return a == Double.POSITIVE_INFINITY || b == Double.POSITIVE_INFINITY
        ? Double.POSITIVE_INFINITY
        : Math.max(a, b);
  }

  /// Returns the smaller number; negative infinity is smaller than NaN, and NaN smaller than all
  /// others.
  public static double min(double a, double b) {
    return a == Double.NEGATIVE_INFINITY || b == Double.NEGATIVE_INFINITY
        ? Double.NEGATIVE_INFINITY
        : Math.min(a, b);
  }

  /// Returns a power as defined by IEEE 754-2008: 1 to any power, and -1 to an infinite power, is
  /// 1.
  public static double power(double base, double exponent) {
    return base == 1 || (base == -1 && Double.isInfinite(exponent)) ? 1 : Math.pow(base, exponent);
  }

  /// Returns the integer part as a long. NaN and numbers out of range give the smallest long, as on
  /// x86-64.
  public static long truncated(double value) {
    return value >= -0x1p63 && value < 0x1p63 ? (long) value : Long.MIN_VALUE;
  }
}
