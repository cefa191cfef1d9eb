package io.pharos.promql.engine.query;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// A float or a histogram; the float of a histogram is unspecified. Paths for floats only avoid
/// such objects.
public record Sample(double value, @Nullable Histogram histogram) {
  /// Returns a float.
  public static Sample of(double value) {
    return new Sample(value, null);
  }

  /// Returns a histogram.
  public static Sample of(Histogram histogram) {
    return new Sample(Double.NaN, histogram);
  }
}
