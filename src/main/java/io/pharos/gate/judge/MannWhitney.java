package io.pharos.gate.judge;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// The Mann-Whitney test of two samples: whether the values of one sample are higher, and by how
/// much.
///
/// It uses the normal approximation with correction for ties and continuity. Its inversion gives
/// the confidence interval of the shift (Hodges and Lehmann), as in R's `wilcox.test`.
final class MannWhitney {
  /// Continuity correction of the rank sum.
  private static final double CONTINUITY = 0.5;

  private static final int MAX_STEPS = 1000;
  static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  private final double[] x;
  private final double[] y;
  private final double tolerance;

  /// @param x the sample whose shift is computed; at least one value, all finite
  /// @param y the sample to compare with
  /// @param tolerance accuracy of the shift, in the values' unit
  MannWhitney(double[] x, double[] y, double tolerance) {
    if (x.length == 0 || y.length == 0) {
      throw new IllegalArgumentException("expected at least one value in each sample");
    }
    this.x = x.clone();
    this.y = y.clone();
    this.tolerance = tolerance;
  }

  /// How much higher the values of the first sample are.
  ///
  /// @param low the lower end of the confidence interval
  /// @param high the upper end
  record Shift(double low, double high, double estimate) {}

  /// Computes the shift with its confidence interval.
  ///
  /// @param level confidence level, such as 0.98
  /// @throws ArithmeticException when all values are equal
  Shift shift(double level) {
    double half = (1 - level) / 2;
    return new Shift(
        root(NORMAL.inverseSurvivalProbability(half)),
        root(NORMAL.inverseCumulativeProbability(half)),
        root(0));
  }

  /// Returns the standardized rank sum after `offset` was subtracted from the first sample's
  /// values, minus a quantile.
  double z(double offset, double quantile) {
    int n = x.length + y.length;
    var combined = new double[n];
    for (int i = 0; i < x.length; i++) {
      combined[i] = x[i] - offset;
    }
    System.arraycopy(y, 0, combined, x.length, y.length);
    double[] sorted = combined.clone();
    Arrays.sort(sorted);
    double ties = 0;
    double ranks = 0;
    for (int from = 0; from < n; ) {
      int to = from;
      while (to < n && sorted[to] == sorted[from]) {
        to++;
      }
      double same = to - from;
      ties += same * same * same - same;
      from = to;
    }
    for (int i = 0; i < x.length; i++) {
      ranks += rank(sorted, combined[i]);
    }
    double nx = x.length;
    double ny = y.length;
    double distance = ranks - nx * (nx + 1) / 2 - nx * ny / 2;
    double sigma = Math.sqrt(nx * ny / 12 * (n + 1 - ties / (n * (n - 1.0))));
    if (!(sigma > 0)) {
      throw new ArithmeticException("all values are equal");
    }
    return (distance - Math.signum(distance) * CONTINUITY) / sigma - quantile;
  }

  /// Returns the lowest possible shift.
  double lowest() {
    return Arrays.stream(x).min().orElseThrow() - Arrays.stream(y).max().orElseThrow();
  }

  /// Returns the highest possible shift.
  double highest() {
    return Arrays.stream(x).max().orElseThrow() - Arrays.stream(y).min().orElseThrow();
  }

  /// Returns the mean rank of a value among the sorted values, from 1.
  private static double rank(double[] sorted, double value) {
    return (first(sorted, value, false) + first(sorted, value, true) + 1) / 2.0;
  }

  /// Returns the index of the first sorted value that is at least `value`; if `above` is true, of
  /// the first sorted value that is greater than `value`.
  private static int first(double[] sorted, double value, boolean above) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value || (above && sorted[middle] == value)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Returns the shift at which z equals the quantile, limited to the range of possible shifts.
  private double root(double quantile) {
    double low = lowest();
    double high = highest();
    double atLow = z(low, quantile);
    if (atLow <= 0) {
      return low;
    }
    double atHigh = z(high, quantile);
    if (atHigh >= 0) {
      return high;
    }
    return brent(low, atLow, high, atHigh, quantile);
  }

  /* Brent's method (Algorithms for Minimization without Derivatives, 1973, chapter 4): inverse
   * interpolation while it converges, else bisection. `best` is the best approximation so far; z
   * has the opposite sign at `other`. The solver of commons-numbers is not used: its results differ
   * from R's by up to 3.5e-5, because z is a step function. */
  private double brent(double low, double atLow, double high, double atHigh, double quantile) {
    double before = low;
    double atBefore = atLow;
    double best = high;
    double atBest = atHigh;
    double other = low;
    double atOther = atLow;
    for (int i = 0; i < MAX_STEPS; i++) {
      double last = best - before;
      if (Math.abs(atOther) < Math.abs(atBest)) {
        before = best;
        atBefore = atBest;
        best = other;
        atBest = atOther;
        other = before;
        atOther = atBefore;
      }
      double minStep = 2 * Math.ulp(1.0) * Math.abs(best) + tolerance / 2;
      double step = (other - best) / 2;
      if (Math.abs(step) <= minStep || atBest == 0) {
        return best;
      }
      if (Math.abs(last) >= minStep && Math.abs(atBefore) > Math.abs(atBest)) {
        double gap = other - best;
        double p;
        double q;
        if (before == other) {
          double s = atBest / atBefore;
          p = gap * s;
          q = 1 - s;
        } else {
          double r = atBefore / atOther;
          double s = atBest / atOther;
          double t = atBest / atBefore;
          p = t * (gap * r * (r - s) - (best - before) * (s - 1));
          q = (r - 1) * (s - 1) * (t - 1);
        }
        q = p > 0 ? -q : q;
        p = Math.abs(p);
        if (p < 0.75 * gap * q - Math.abs(minStep * q) / 2 && p < Math.abs(last * q / 2)) {
          step = p / q;
        }
      }
      step = Math.abs(step) < minStep ? Math.copySign(minStep, step) : step;
      before = best;
      atBefore = atBest;
      best += step;
      atBest = z(best, quantile);
      if (Math.signum(atBest) == Math.signum(atOther)) {
        other = before;
        atOther = atBefore;
      }
    }
    return best;
  }

  /// Returns the probability that a value of the first sample is higher than a value of the second
  /// sample; equal values count half.
  static double superiority(double[] x, double[] y) {
    double[] sorted = y.clone();
    Arrays.sort(sorted);
    double wins = 0;
    for (double value : x) {
      wins += (first(sorted, value, false) + first(sorted, value, true)) / 2.0;
    }
    return wins / x.length / y.length;
  }
}
