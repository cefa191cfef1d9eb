package io.pharos.remote.otlp;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/// One data point of a metric.
///
/// All have the attributes by name, their values as text; the time from which on they count and
/// their own, in nanoseconds since 1970, 0 for none; and whether they say that there is no value.
sealed interface OtlpPoint {
  SortedMap<String, String> attributes();

  long time();

  boolean isGap();

  /// In milliseconds since 1970.
  default long millis() {
    return time() / 1_000_000;
  }

  /// Of a gauge or a sum.
  record Number(SortedMap<String, String> attributes, long time, boolean isGap, double value)
      implements OtlpPoint {}

  /// A histogram of explicit bounds.
  ///
  /// @param counts of each bucket alone; one more than bounds, or none
  record Explicit(
      SortedMap<String, String> attributes,
      long time,
      boolean isGap,
      double count,
      OptionalDouble sum,
      double[] bounds,
      double[] counts)
      implements OtlpPoint {}

  /// An exponential histogram.
  ///
  /// @param positive the counts of buckets from the offset on
  record Exponential(
      SortedMap<String, String> attributes,
      long time,
      boolean isGap,
      int scale,
      double count,
      OptionalDouble sum,
      double zeroThreshold,
      double zeroCount,
      Side positive,
      Side negative)
      implements OtlpPoint {}

  /// Buckets on one side of zero.
  record Side(int offset, double[] counts) {
    static final Side NONE = new Side(0, new double[0]);
  }

  /// Quantiles that the sender computed.
  record Summary(
      SortedMap<String, String> attributes,
      long time,
      boolean isGap,
      double count,
      double sum,
      Map<Double, Double> quantiles)
      implements OtlpPoint {}
}
