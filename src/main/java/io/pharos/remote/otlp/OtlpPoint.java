package io.pharos.remote.otlp;

import io.pharos.storage.Exemplar;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/// A data point of a metric.
sealed interface OtlpPoint {
  /// The values that all kinds of points have.
  ///
  /// @param attributes names and values as text
  /// @param time nanoseconds since 1970
  /// @param isGap whether the point explicitly has no value
  /// @param start time since which the point counts, in nanoseconds since 1970; 0 if unknown
  /// @param exemplars exemplars without a time have the time of their point
  record Common(
      SortedMap<String, String> attributes,
      long time,
      boolean isGap,
      long start,
      List<Exemplar> exemplars) {}

  Common common();

  default SortedMap<String, String> attributes() {
    return common().attributes();
  }

  default long time() {
    return common().time();
  }

  default boolean isGap() {
    return common().isGap();
  }

  default List<Exemplar> exemplars() {
    return common().exemplars();
  }

  /// The start in milliseconds since 1970; 0 if unknown.
  default long startMillis() {
    return common().start() / 1_000_000;
  }

  /// The time in milliseconds since 1970.
  default long millis() {
    return time() / 1_000_000;
  }

  /// A point of a gauge or a sum.
  record Number(Common common, double value) implements OtlpPoint {}

  /// A histogram with explicit bounds.
  ///
  /// @param counts observations per bucket; one more than bounds, or none
  record Explicit(Common common, double count, OptionalDouble sum, double[] bounds, double[] counts)
      implements OtlpPoint {}

  /// An exponential histogram.
  record Exponential(
      Common common,
      int scale,
      double count,
      OptionalDouble sum,
      double zeroThreshold,
      double zeroCount,
      Side positive,
      Side negative)
      implements OtlpPoint {}

  /// The buckets on one side of zero, starting at an offset.
  record Side(int offset, double[] counts) {
    static final Side NONE = new Side(0, new double[0]);
  }

  /// Quantiles computed by the sender.
  record Summary(Common common, double count, double sum, Map<Double, Double> quantiles)
      implements OtlpPoint {}
}
