package io.pharos.remote.otlp;

import io.pharos.storage.Exemplar;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/// A data point of a metric.
///
/// `attributes` maps names to values as text. `time` and `start` are in nanoseconds since 1970;
/// `start`, from which on the point counts, is 0 if unknown. `isGap` means that the point explicitly
/// has no value. Exemplars without a time have the time of their point.
sealed interface OtlpPoint {
  SortedMap<String, String> attributes();

  long time();

  boolean isGap();

  long start();

  List<Exemplar> exemplars();

  /// The start in milliseconds since 1970; 0 if unknown.
  default long startMillis() {
    return start() / 1_000_000;
  }

  /// The time in milliseconds since 1970.
  default long millis() {
    return time() / 1_000_000;
  }

  /// A point of a gauge or a sum.
  record Number(
      SortedMap<String, String> attributes,
      long time,
      boolean isGap,
      double value,
      long start,
      List<Exemplar> exemplars)
      implements OtlpPoint {}

  /// A histogram with explicit bounds.
  ///
  /// @param counts observations per bucket; one more than bounds, or none
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

  /// The buckets on one side of zero, starting at an offset.
  record Side(int offset, double[] counts) {
    static final Side NONE = new Side(0, new double[0]);
  }

  /// Quantiles computed by the sender.
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
