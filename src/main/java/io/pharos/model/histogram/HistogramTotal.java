package io.pharos.model.histogram;

/// What many histograms come to, taken in one by one.
public sealed interface HistogramTotal permits HistogramSum, HistogramMean {
  /// Whether a histogram has the kind of buckets of those before: exponential ones, or custom ones.
  boolean accepts(Histogram histogram);

  /// Takes a histogram in that is [#accepts accepted].
  ///
  /// @throws IllegalArgumentException when it is not
  void add(Histogram histogram);

  /// Whether one histogram was a counter after a reset and another one a counter without: then
  /// nothing is known of resets of the total.
  boolean resetsCollide();

  /// Whether the custom bounds differed, so that only the shared ones are left.
  boolean boundsReconciled();

  Histogram value();
}
