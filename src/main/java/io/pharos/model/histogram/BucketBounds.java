package io.pharos.model.histogram;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/// Computes the bounds of buckets. In an exponential schema, a bound is the double nearest to a
/// power of two with an integer or fractional exponent; negative bounds mirror the positive ones.
final class BucketBounds {
  private static final int STEPS = 1 << Histogram.MAX_SCHEMA;

  /// The doubles that are nearest to 2^(i/256).
  private static final double[] FRACTIONS = fractions();

  private BucketBounds() {}

  private static double[] fractions() {
    // 50 digits are three times those of a double, so that the last bit is correct after 256
    // multiplications.
    var context = new MathContext(50);
    BigDecimal factor = BigDecimal.TWO;
    for (int i = 0; i < Histogram.MAX_SCHEMA; i++) {
      factor = factor.sqrt(context);
    }
    var fractions = new double[STEPS];
    BigDecimal bound = BigDecimal.ONE;
    for (int i = 0; i < STEPS; i++) {
      fractions[i] = bound.doubleValue();
      bound = bound.multiply(factor, context);
    }
    return fractions;
  }

  /// Returns the upper bound of a positive bucket of an exponential schema. 2^1024 is too large for
  /// a double, so the largest double replaces it.
  static double exponential(int schema, int index) {
    double fraction;
    long exponent;
    if (schema < 0) {
      fraction = 1;
      exponent = (long) index << -schema;
    } else {
      fraction = FRACTIONS[(index & ((1 << schema) - 1)) << (Histogram.MAX_SCHEMA - schema)];
      exponent = index >> schema;
    }
    if (fraction == 1 && exponent == Double.MAX_EXPONENT + 1) {
      return Double.MAX_VALUE;
    }
    return Math.scalb(fraction, Math.clamp(exponent, -10_000, 10_000));
  }

  /// Returns the upper bound of a custom bucket; +Inf after the last bound.
  static double custom(double[] bounds, int index) {
    if (index < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    return index < bounds.length ? bounds[index] : Double.POSITIVE_INFINITY;
  }

  /// Returns the upper bound of a positive bucket of a histogram.
  static double upper(Histogram histogram, int index) {
    return histogram.hasCustomBuckets()
        ? custom(histogram.rawCustomValues(), index)
        : exponential(histogram.schema(), index);
  }

  /// Returns the bounds that two histograms have in common, ascending.
  static double[] shared(double[] one, double[] other) {
    var shared = new double[Math.min(one.length, other.length)];
    int size = 0;
    int i = 0;
    int j = 0;
    while (i < one.length && j < other.length) {
      if (one[i] == other[j]) {
        shared[size++] = one[i++];
        j++;
      } else if (one[i] < other[j]) {
        i++;
      } else {
        j++;
      }
    }
    return Arrays.copyOf(shared, size);
  }

  /// Returns a function from the index of a custom bucket with the bounds `from` to the index of
  /// the bucket with the bounds `to` that contains it. `to` must be a subset of `from`.
  static IntUnaryOperator mover(double[] from, double[] to) {
    int[] mapping = new int[from.length + 1];
    int target = 0;
    for (int i = 0; i < from.length; i++) {
      while (target < to.length && to[target] < from[i]) {
        target++;
      }
      mapping[i] = target;
    }
    mapping[from.length] = to.length;
    return index -> mapping[Math.clamp(index, 0, from.length)];
  }
}
