package io.pharos.promql.engine.function;

import io.pharos.promql.engine.query.Columns;
import java.util.Arrays;

/// Implements the `…_over_time` functions and other functions that read every sample of a window.
/// Windows have at least one sample.
public final class OverTime {
  private OverTime() {}

  static double avg(Window window) {
    var mean = new Mean();
    for (int i = window.from; i < window.to; i++) {
      mean.add(window.values[i]);
    }
    return mean.value();
  }

  static double sum(Window window) {
    var sum = new Kahan();
    for (int i = window.from; i < window.to; i++) {
      sum.add(window.values[i]);
    }
    return sum.value();
  }

  static double min(Window window) {
    return window.values[extreme(window, false, true)];
  }

  static double max(Window window) {
    return window.values[extreme(window, true, true)];
  }

  static double timeOfMin(Window window) {
    return window.timestamps[extreme(window, false, false)] / 1000.0;
  }

  static double timeOfMax(Window window) {
    return window.timestamps[extreme(window, true, false)] / 1000.0;
  }

  /// Returns the index of the extreme value. A number takes precedence over NaN.
  ///
  /// @param max whether the largest instead of the smallest value is the extreme one
  /// @param first whether to return the first instead of the last index of this value
  private static int extreme(Window window, boolean max, boolean first) {
    int best = window.from;
    for (int i = window.from + 1; i < window.to; i++) {
      double value = window.values[i];
      double bestValue = window.values[best];
      boolean better = max ? value > bestValue : value < bestValue;
      if (better || Double.isNaN(bestValue) || (!first && value == bestValue)) {
        best = i;
      }
    }
    return best;
  }

  static double stdvar(Window window) {
    var mean = new Kahan();
    var squares = new Kahan();
    double count = 0;
    for (int i = window.from; i < window.to; i++) {
      double value = window.values[i];
      count++;
      double delta = value - mean.value();
      mean.add(delta / count);
      squares.add(delta * (value - mean.value()));
    }
    return squares.value() / count;
  }

  static double quantile(Window window) {
    double[] values = Arrays.copyOfRange(window.values, window.from, window.to);
    return quantile(window.argument, values, values.length);
  }

  /// Returns the median absolute deviation; NaN if any sample is NaN.
  static double mad(Window window) {
    double[] values = Arrays.copyOfRange(window.values, window.from, window.to);
    if (Arrays.stream(values).anyMatch(Double::isNaN)) {
      return Double.NaN;
    }
    double median = quantile(0.5, values, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i] - median);
    }
    return quantile(0.5, values, values.length);
  }

  static double changes(Window window) {
    int changes = 0;
    for (int i = window.from + 1; i < window.to; i++) {
      double value = window.values[i];
      double previous = window.values[i - 1];
      if (value != previous && !(Double.isNaN(value) && Double.isNaN(previous))) {
        changes++;
      }
    }
    return changes;
  }

  static double resets(Window window) {
    int resets = 0;
    for (int i = window.from + 1; i < window.to; i++) {
      if (window.values[i] < window.values[i - 1] || window.isReset(i)) {
        resets++;
      }
    }
    return resets;
  }

  /// Returns the double exponential smoothing (Holt-Winters). `argument` is the smoothing factor of
  /// the level, and `secondArgument` is the smoothing factor of the trend.
  static double smoothing(Window window) {
    if (window.size() < 2) {
      return Columns.ABSENT;
    }
    double level = window.argument;
    double trend = window.secondArgument;
    double smoothed = window.first();
    double slope = window.values[window.from + 1] - window.first();
    double previous = 0;
    for (int i = 1; i < window.size(); i++) {
      if (i > 1) {
        slope = trend * (smoothed - previous) + (1 - trend) * slope;
      }
      previous = smoothed;
      smoothed = level * window.values[window.from + i] + (1 - level) * (smoothed + slope);
    }
    return smoothed;
  }

  /// Sorts the first `count` values in place and returns their q-quantile, interpolated between
  /// neighbours. NaN is less than all numbers.
  public static double quantile(double q, double[] values, int count) {
    if (count == 0 || Double.isNaN(q)) {
      return Double.NaN;
    }
    if (q < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (q > 1) {
      return Double.POSITIVE_INFINITY;
    }
    sort(values, count);
    double rank = q * (count - 1);
    int lower = (int) Math.max(0, Math.floor(rank));
    int upper = Math.min(count - 1, lower + 1);
    double weight = rank - Math.floor(rank);
    return values[lower] * (1 - weight) + values[upper] * weight;
  }

  private static void sort(double[] values, int count) {
    Arrays.sort(values, 0, count);
    int nans = 0;
    while (nans < count && Double.isNaN(values[count - 1 - nans])) {
      nans++;
    }
    if (nans > 0 && nans < count) {
      System.arraycopy(values, 0, values, nans, count - nans);
      Arrays.fill(values, 0, nans, Double.NaN);
    }
  }
}
