package io.pharos.remote.otlp;

import io.pharos.storage.Exemplar;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/// One data point of a metric.
///
/// All have the attributes by name, their values as text; their own time and the one from which on
/// they count, in nanoseconds since 1970, 0 for none; whether they say that there is no value; and
/// exemplars, those without a time with that of their point.
sealed interface OtlpPoint {
  SortedMap<String, String> attributes();

  long time();

  boolean isGap();

  long start();

  List<Exemplar> exemplars();

  /// From when on it counts, in milliseconds since 1970, 0 for unknown.
  default long startMillis() {
    return start() / 1_000_000;
  }

  /// In milliseconds since 1970.
  default long millis() {
    return time() / 1_000_000;
  }

  /// Of a gauge or a sum.
  record Number(
      SortedMap<String, String> attributes,
      long time,
      boolean isGap,
      double value,
      long start,
      List<Exemplar> exemplars)
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
      double[] counts,
      long start,
      List<Exemplar> exemplars)
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
      Side negative,
      long start,
      List<Exemplar> exemplars)
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
      Map<Double, Double> quantiles,
      long start)
      implements OtlpPoint {
    @Override
    public List<Exemplar> exemplars() {
      return List.of();
    }
  }
}
