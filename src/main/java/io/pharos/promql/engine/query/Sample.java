package io.pharos.promql.engine.query;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// A float or a histogram; the float of a histogram is unspecified. Code that handles only floats
/// avoids these objects for speed.
public record Sample(double value, @Nullable Histogram histogram) {
  /// Creates a float sample.
  public static Sample of(double value) {
    return new Sample(value, null);
  }

  /// Creates a histogram sample.
  public static Sample of(Histogram histogram) {
    return new Sample(Double.NaN, histogram);
  }
}
