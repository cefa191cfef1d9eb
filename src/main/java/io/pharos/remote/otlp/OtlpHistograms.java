package io.pharos.remote.otlp;

import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.List;

/// Converts exponential histograms to native histograms.
final class OtlpHistograms {
  /// Default width of the zero bucket.
  private static final double ZERO_THRESHOLD = 1e-128;

  private OtlpHistograms() {}

  /// Converts a point. Scales beyond the finest schema are reduced to it.
  ///
  /// @throws IllegalArgumentException if the scale is out of range
  static Histogram of(OtlpPoint.Exponential point) {
    if (point.scale() < Histogram.MIN_SCHEMA) {
      throw new IllegalArgumentException(
          "found scale " + point.scale() + ", expected at least " + Histogram.MIN_SCHEMA);
    }
    if (point.isGap()) {
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
    int levels = Math.max(0, point.scale() - Histogram.MAX_SCHEMA);
    if (levels > 31) {
      throw new IllegalArgumentException(
          "found scale " + point.scale() + ", expected at most " + (Histogram.MAX_SCHEMA + 31));
    }
    return new Histogram(
        ResetHint.UNKNOWN,
        point.scale() - levels,
        point.zeroThreshold() == 0 ? ZERO_THRESHOLD : point.zeroThreshold(),
        point.zeroCount(),
        point.count(),
        point.sum().orElse(0),
        buckets(point.positive()).coarsened(levels).compacted(),
        buckets(point.negative()).coarsened(levels).compacted(),
        new double[0]);
  }

  /* OTLP numbers a bucket by its lower bound, native histograms by the upper one. */
  private static Histogram.Buckets buckets(OtlpPoint.Side side) {
    return side.counts().length == 0
        ? Histogram.Buckets.none()
        : new Histogram.Buckets(
            List.of(new BucketSpan(Math.addExact(side.offset(), 1), side.counts().length)),
            side.counts());
  }
}
