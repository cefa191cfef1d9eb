package io.pharos.promql.engine.function;

import io.pharos.promql.engine.query.Columns;

/// Computes `rate`, `increase` and `delta`, the change over a window, and `irate` and `idelta`, the
/// change between its last two samples. The change over a window is extrapolated to edges that are
/// close to a sample.
public final class Extrapolation {
  /* If the gap between the outermost sample and the edge of the range is below 1.1 times the
   * mean sample interval, the series is extrapolated to the edge, otherwise by half the mean
   * interval. A counter is never extrapolated below zero (prometheus promql/functions.go,
   * extrapolatedRate). */
  private static final double MAX_GAP_IN_INTERVALS = 1.1;

  private Extrapolation() {}

  static double rate(Window window) {
    return extrapolated(window, true, (window.endMillis - window.startMillis) / 1000.0);
  }

  static double increase(Window window) {
    return extrapolated(window, true, 1);
  }

  static double delta(Window window) {
    return extrapolated(window, false, 1);
  }

  static double irate(Window window) {
    return instant(window, true);
  }

  static double idelta(Window window) {
    return instant(window, false);
  }

  private static double extrapolated(Window window, boolean counter, double perSeconds) {
    long start = counter ? window.firstStart() : 0;
    if (window.size() < 2 && start == 0) {
      return Columns.ABSENT;
    }
    double change = window.last() - window.first();
    if (counter) {
      double previous = window.first();
      for (int i = window.from + 1; i < window.to; i++) {
        double value = window.values[i];
        if (value < previous || window.isReset(i)) {
          change += previous;
        }
        previous = value;
      }
    }
    if (start != 0) {
      // the counter was zero at its start timestamp
      change += window.first();
    }
    return change * (factor(window, counter, start, window.first(), change) / perSeconds);
  }

  /// Returns the factor by which extrapolation to the edges of a window increases the change.
  ///
  /// @param start start timestamp of the counter, or zero if it is unknown
  /// @param first count at the first sample
  /// @param change change of the count
  static double factor(Window window, boolean counter, long start, double first, double change) {
    long toStart = window.firstMillis() - window.startMillis;
    long toEnd = window.endMillis - window.lastMillis();
    long sampled = window.lastMillis() - window.firstMillis();
    if (start == 0) {
      return factor(toStart, toEnd, sampled, window.size(), counter, first, change);
    }
    // the counter started inside the window, so nothing is extrapolated to the window's start
    double distance = window.size() < 2 ? 0 : sampled / 1000.0 / (window.size() - 1);
    double observed = (window.lastMillis() - start) / 1000.0;
    return (observed + extension(toEnd / 1000.0, distance)) / observed;
  }

  /// Returns by how many seconds a series is extrapolated beyond its outermost sample.
  ///
  /// @param toEdge seconds from the sample to the edge of the window
  /// @param distance mean sample interval in seconds
  static double extension(double toEdge, double distance) {
    return toEdge >= distance * MAX_GAP_IN_INTERVALS ? distance / 2 : toEdge;
  }

  /// Returns the extrapolation factor of samples whose distances from each other and from the edges
  /// are given in milliseconds.
  ///
  /// @param size number of samples
  /// @param first count at the first sample
  public static double factor(
      long toStartMillis,
      long toEndMillis,
      long sampledMillis,
      int size,
      boolean counter,
      double first,
      double change) {
    double sampled = sampledMillis / 1000.0;
    double distance = size < 2 ? 0 : sampled / (size - 1);
    double toStart = extension(toStartMillis / 1000.0, distance);
    double toEnd = extension(toEndMillis / 1000.0, distance);
    if (counter) {
      double toZero = toStart;
      if (change > 0 && first >= 0) {
        toZero = sampled * (first / change);
      }
      // not Math.min, because it returns NaN if toZero is NaN
      toStart = toZero < toStart ? toZero : toStart;
    }
    return (sampled + toStart + toEnd) / sampled;
  }

  private static double instant(Window window, boolean counter) {
    if (window.size() < 2) {
      return Columns.ABSENT;
    }
    int lastIndex = window.to - 1;
    double last = window.values[lastIndex];
    double previous = window.values[lastIndex - 1];
    boolean reset = counter && (last < previous || window.isReset(lastIndex));
    return instant(
        window.timestamps[lastIndex - 1],
        previous,
        window.timestamps[lastIndex],
        last,
        reset,
        counter);
  }

  /// Returns the change between the last two samples; for a counter, per second.
  ///
  /// @param reset whether the counter was reset between them
  public static double instant(
      long previousMillis,
      double previous,
      long lastMillis,
      double last,
      boolean reset,
      boolean counter) {
    double millis = lastMillis - previousMillis;
    if (millis == 0) {
      return Columns.ABSENT;
    }
    double change = reset ? last : last - previous;
    return counter ? change / (millis / 1000.0) : change;
  }
}
