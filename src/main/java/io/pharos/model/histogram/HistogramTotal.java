package io.pharos.model.histogram;

/// Accumulates histograms.
public sealed interface HistogramTotal permits HistogramSum, HistogramMean {
  /// Whether a histogram has the same kind of buckets, exponential or custom.
  boolean accepts(Histogram histogram);

  /// Adds a histogram.
  ///
  /// @throws IllegalArgumentException unless the total [#accepts] it
  void add(Histogram histogram);

  /// Whether one histogram was a counter after a reset and another a counter without one: the reset
  /// hint of the total is unknown then.
  boolean resetsCollide();

  /// Whether the custom bounds differed, so that only the common ones are left.
  boolean boundsReconciled();

  /// The result.
  Histogram value();
}
