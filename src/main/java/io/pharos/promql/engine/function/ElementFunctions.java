package io.pharos.promql.engine.function;

/// Functions of one number that Java lacks, or whose results in Java differ from Go's.
final class ElementFunctions {
  private ElementFunctions() {}

  static double log2(double value) {
    double whole = Math.getExponent(value);
    // exact for powers of two, like Go's math.Log2
    return value > 0 && value == Math.scalb(1.0, (int) whole)
        ? whole
        : Math.log(value) / Math.log(2);
  }

  static double asinh(double value) {
    if (Double.isInfinite(value) || value == 0) {
      return value;
    }
    double size = Math.abs(value);
    double result =
        size < 0x1p-28
            ? size
            : size > 0x1p28
                ? Math.log(size) + Math.log(2)
                : Math.log1p(size + size * size / (1 + Math.sqrt(1 + size * size)));
    return Math.copySign(result, value);
  }

  static double acosh(double value) {
    if (value > 0x1p28) {
      return Math.log(value) + Math.log(2);
    }
    double above = value - 1;
    return value < 1 ? Double.NaN : Math.log1p(above + Math.sqrt(2 * above + above * above));
  }

  static double atanh(double value) {
    return 0.5 * Math.log1p(2 * value / (1 - value));
  }
}
