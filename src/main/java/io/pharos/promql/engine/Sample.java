package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// A float or a histogram; the float of a histogram is unspecified. Paths for floats only avoid
/// such objects.
record Sample(double value, @Nullable Histogram histogram) {
  static Sample of(double value) {
    return new Sample(value, null);
  }

  static Sample of(Histogram histogram) {
    return new Sample(Double.NaN, histogram);
  }
}
