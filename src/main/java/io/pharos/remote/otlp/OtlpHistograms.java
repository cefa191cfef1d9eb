package io.pharos.remote.otlp;

import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.List;

/// What exponential histograms are as native ones.
final class OtlpHistograms {
  /// What is so near to zero counts as zero where the sender does not say.
  private static final double ZERO_THRESHOLD = 1e-128;

  private OtlpHistograms() {}

  /// The histogram of a point: of its own scale, or of the finest schema that is stored.
  ///
  /// @throws IllegalArgumentException when it can't be stored
  static Histogram of(OtlpPoint.Exponential point) {
    if (point.scale() < Histogram.MIN_SCHEMA) {
      throw new IllegalArgumentException(
          "the scale " + point.scale() + ", expected " + Histogram.MIN_SCHEMA + " or more");
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
      throw new IllegalArgumentException("the scale " + point.scale() + ", expected less");
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

  /* A bucket is numbered by its lower bound there, by its upper bound here. */
  private static Histogram.Buckets buckets(OtlpPoint.Side side) {
    return side.counts().length == 0
        ? Histogram.Buckets.none()
        : new Histogram.Buckets(
            List.of(new BucketSpan(Math.addExact(side.offset(), 1), side.counts().length)),
            side.counts());
  }
}
