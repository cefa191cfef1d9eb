package io.pharos.remote.otlp;

import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.Exemplar;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/// A data point of a metric.
sealed interface OtlpPoint {
  /// The fields that all kinds of points have.
  ///
  /// @param attributes names and values as text
  /// @param time nanoseconds since 1970
  /// @param isGap whether the point states that it has no value
  /// @param start time since which the point counts, in nanoseconds since 1970; 0 if unknown
  /// @param exemplars exemplars; an exemplar that was sent without a time has the time of the point
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

  /// Returns the start in milliseconds since 1970; 0 if unknown.
  default long startMillis() {
    return common().start() / 1_000_000;
  }

  /// Returns the time in milliseconds since 1970.
  default long millis() {
    return time() / 1_000_000;
  }

  /// A point of a gauge or a sum.
  record Number(Common common, double value) implements OtlpPoint {}

  /// A histogram with explicit bounds.
  ///
  /// @param counts number of observations in each bucket; there is one bucket more than bounds, or
  ///   none
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
      implements OtlpPoint {
    /// Default upper bound of the zero bucket.
    private static final double ZERO_THRESHOLD = 1e-128;

    /// Returns the native histogram. Reduces a scale that is finer than the finest schema to this
    /// schema.
    ///
    /// @throws IllegalArgumentException if the scale is out of range
    Histogram histogram() {
      if (scale() < Histogram.MIN_SCHEMA) {
        throw new IllegalArgumentException(
            "found scale " + scale() + ", expected at least " + Histogram.MIN_SCHEMA);
      }
      if (isGap()) {
        return new Histogram(
            ResetHint.UNKNOWN,
            0,
            0,
            0,
            0,
            StaleMarker.VALUE,
            Histogram.Buckets.none(),
            Histogram.Buckets.none(),
            new double[0]);
      }
      int levels = Math.max(0, scale() - Histogram.MAX_SCHEMA);
      if (levels > 31) {
        throw new IllegalArgumentException(
            "found scale " + scale() + ", expected at most " + (Histogram.MAX_SCHEMA + 31));
      }
      return new Histogram(
          ResetHint.UNKNOWN,
          scale() - levels,
          zeroThreshold() == 0 ? ZERO_THRESHOLD : zeroThreshold(),
          zeroCount(),
          count(),
          sum().orElse(0),
          buckets(positive()).coarsened(levels).compacted(),
          buckets(negative()).coarsened(levels).compacted(),
          new double[0]);
    }

    /* OTLP identifies a bucket by its lower bound, native histograms by its upper bound. */
    private static Histogram.Buckets buckets(Side side) {
      return side.counts().length == 0
          ? Histogram.Buckets.none()
          : new Histogram.Buckets(
              List.of(new BucketSpan(Math.addExact(side.offset(), 1), side.counts().length)),
              side.counts());
    }
  }

  /// The buckets on one side of zero; `offset` is the index of the first bucket.
  record Side(int offset, double[] counts) {
    static final Side NONE = new Side(0, new double[0]);
  }

  /// Quantiles computed by the sender.
  record Summary(Common common, double count, double sum, Map<Double, Double> quantiles)
      implements OtlpPoint {}
}
