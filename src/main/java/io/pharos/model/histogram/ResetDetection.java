package io.pharos.model.histogram;

import java.util.Arrays;

/// Detects counter resets between two histograms.
final class ResetDetection {
  private ResetDetection() {}

  /// Whether a counter was reset between two histograms. The writer's hint decides. Without a hint,
  /// the counter was reset if a count decreased or if the resolution became finer, which happens
  /// only after a restart of the writer.
  static boolean isReset(Histogram previous, Histogram current) {
    return switch (current.hint()) {
      case RESET -> true;
      case NOT_RESET -> false;
      // A gauge has no resets, but a caller that asks for resets treats the gauge as a counter.
      case UNKNOWN, GAUGE -> hasShrunk(previous, current);
    };
  }

  private static boolean hasShrunk(Histogram previous, Histogram current) {
    if (current.count() < previous.count()) {
      return true;
    }
    if (current.hasCustomBuckets() || previous.hasCustomBuckets()) {
      return !(current.hasCustomBuckets() && previous.hasCustomBuckets())
          || hasShrunkCustom(previous, current);
    }
    if (current.schema() > previous.schema()
        || current.zeroThreshold() < previous.zeroThreshold()) {
      return true;
    }
    if (current.schema() == previous.schema()
        && current.zeroThreshold() == previous.zeroThreshold()) {
      return current.zeroCount() < previous.zeroCount()
          || hasShrunk(previous.positive(), current.positive())
          || hasShrunk(previous.negative(), current.negative());
    }
    var before = new HistogramSum(previous);
    if (before.zeroThreshold() < current.zeroThreshold()) {
      before.widenZeroBucket(current.zeroThreshold());
    }
    if (before.zeroThreshold() != current.zeroThreshold()) {
      // The new threshold divides a populated bucket.
      return true;
    }
    before.coarsenTo(current.schema());
    var now = new HistogramSum(current);
    return current.zeroCount() < before.zeroCount()
        || hasShrunk(before.positive, now.positive)
        || hasShrunk(before.negative, now.negative);
  }

  private static boolean hasShrunkCustom(Histogram previous, Histogram current) {
    double[] oldBounds = previous.rawCustomValues();
    double[] newBounds = current.rawCustomValues();
    if (Arrays.equals(oldBounds, newBounds)) {
      return hasShrunk(previous.positive(), current.positive());
    }
    double[] shared = BucketBounds.shared(oldBounds, newBounds);
    return hasShrunk(
        moved(previous.positive(), oldBounds, shared),
        moved(current.positive(), newBounds, shared));
  }

  /// Converts custom buckets to a subset of their bounds.
  private static BucketSums moved(Histogram.Buckets buckets, double[] from, double[] to) {
    BucketSums sums = BucketSums.of(buckets);
    sums.move(BucketBounds.mover(from, to));
    return sums;
  }

  private static boolean hasShrunk(Histogram.Buckets previous, Histogram.Buckets current) {
    if (!previous.spans().equals(current.spans())) {
      return hasShrunk(BucketSums.of(previous), BucketSums.of(current));
    }
    double[] before = previous.rawCounts();
    double[] now = current.rawCounts();
    for (int i = 0; i < before.length; i++) {
      if (now[i] < before[i]) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasShrunk(BucketSums previous, BucketSums current) {
    int j = 0;
    for (int i = 0; i < previous.size(); i++) {
      while (j < current.size() && current.index(j) < previous.index(i)) {
        j++;
      }
      boolean exists = j < current.size() && current.index(j) == previous.index(i);
      if (exists ? current.count(j) < previous.count(i) : previous.count(i) != 0) {
        return true;
      }
    }
    return false;
  }
}
