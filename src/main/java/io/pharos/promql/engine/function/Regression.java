package io.pharos.promql.engine.function;

import io.pharos.promql.engine.query.Columns;

/// A least-squares line through the samples of a window.
///
/// @param slope change per second
/// @param intercept value of the line at the time that the caller of [#of] chose
record Regression(double slope, double intercept) {
  static double deriv(Window window) {
    return window.size() < 2 ? Columns.ABSENT : of(window, window.firstMillis()).slope;
  }

  static double predictLinear(Window window) {
    if (window.size() < 2) {
      return Columns.ABSENT;
    }
    Regression line = of(window, window.evaluationMillis);
    return line.slope * window.argument + line.intercept;
  }

  /// Fits a line to the samples of a window, which has at least one sample.
  ///
  /// @param interceptMillis time of the intercept in Unix milliseconds
  static Regression of(Window window, long interceptMillis) {
    var x = new Kahan();
    var y = new Kahan();
    var xy = new Kahan();
    var xx = new Kahan();
    boolean constant = true;
    double initial = window.first();
    for (int i = window.from; i < window.to; i++) {
      double value = window.values[i];
      constant &= value == initial;
      double seconds = (window.timestamps[i] - interceptMillis) / 1000.0;
      x.add(seconds);
      y.add(value);
      xy.add(seconds * value);
      xx.add(seconds * seconds);
    }
    if (constant) {
      return Double.isInfinite(initial)
          ? new Regression(Double.NaN, Double.NaN)
          : new Regression(0, initial);
    }
    double count = window.size();
    double covariance = xy.value() - x.value() * y.value() / count;
    double variance = xx.value() - x.value() * x.value() / count;
    double slope = covariance / variance;
    return new Regression(slope, y.value() / count - slope * x.value() / count);
  }
}
