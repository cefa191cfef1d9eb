package io.pharos.model.histogram;

/// Accumulates histograms to a sum or a mean.
public sealed interface HistogramTotal permits HistogramSum, HistogramMean {
  /// Whether a histogram has the same kind of buckets as the total, exponential or custom.
  boolean accepts(Histogram histogram);

  /// Adds a histogram.
  ///
  /// @throws IllegalArgumentException if the total does not accept it, see [#accepts]
  void add(Histogram histogram);

  /// Whether some histograms had the hint `RESET` and others `NOT_RESET`, so that the reset hint of
  /// the total is unknown.
  boolean resetsCollide();

  /// Whether the histograms had different custom bounds, so that the total has only the common
  /// ones.
  boolean boundsReconciled();

  /// Returns the total of the histograms added so far.
  Histogram value();
}
