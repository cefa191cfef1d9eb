package io.pharos.model.histogram;

/// Logarithms to base 2, exact for powers of two, so that bounds of buckets become integers.
final class Logarithm {
  private static final double LN_2 = Math.log(2);

  private Logarithm() {}

  static double base2(double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      return Math.log(value);
    }
    int exponent = Math.getExponent(value);
    if (exponent < Double.MIN_EXPONENT) {
      return Math.log(value) / LN_2;
    }
    double fraction = Math.scalb(value, -exponent);
    return fraction == 1 ? exponent : exponent + Math.log(fraction) / LN_2;
  }
}
