package io.pharos.storage;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.Arrays;

/// Computes the reset hints that readers get from a store, starting from the writer's hints.
///
/// As in Prometheus (`tsdb/chunkenc`), a gauge remains a gauge, and a histogram is "not reset" only
/// if the store has compared it with the one before. All others are "unknown", even if a count went
/// down, so that readers compare the samples themselves. Thus a hint cannot mislead a reader that
/// skips samples, nor a reader of a store that lost samples. Unlike in Prometheus, a writer's
/// "reset" is stored: if the counts already exceed the old ones again, no comparison can detect the
/// reset.
public final class ResetHints {
  private ResetHints() {}

  /// Returns the hint of a histogram that has no predecessor to compare with: after a float or a
  /// gap, or at the start of a series, or at the start of a part of the store that may still exist
  /// when the part before it is deleted.
  public static ResetHint first(Histogram histogram) {
    return switch (histogram.hint()) {
      case GAUGE, RESET -> histogram.hint();
      case UNKNOWN, NOT_RESET -> ResetHint.UNKNOWN;
    };
  }

  /// Returns the hint of a histogram that follows another one of the same series.
  public static ResetHint after(Histogram before, Histogram histogram) {
    ResetHint hint = first(histogram);
    return hint == ResetHint.UNKNOWN
            && before.hint() != ResetHint.GAUGE
            && hasGrown(before, histogram)
        ? ResetHint.NOT_RESET
        : hint;
  }

  /// Whether both histograms have the same bucket bounds and no count of `after` is lower.
  private static boolean hasGrown(Histogram before, Histogram after) {
    return before.schema() == after.schema()
        && before.zeroThreshold() == after.zeroThreshold()
        && sameBounds(before, after)
        && before.count() <= after.count()
        && before.zeroCount() <= after.zeroCount()
        && hasGrown(before.positive(), after.positive())
        && hasGrown(before.negative(), after.negative());
  }

  private static boolean sameBounds(Histogram before, Histogram after) {
    return !before.hasCustomBuckets() || Arrays.equals(before.customValues(), after.customValues());
  }

  private static boolean hasGrown(Buckets before, Buckets after) {
    long[] older = indexes(before);
    long[] newer = before.spans().equals(after.spans()) ? older : indexes(after);
    int j = 0;
    for (int i = 0; i < older.length; i++) {
      while (j < newer.length && newer[j] < older[i]) {
        j++;
      }
      double count = j < newer.length && newer[j] == older[i] ? after.count(j) : 0;
      if (!(before.count(i) <= count)) {
        return false;
      }
    }
    return true;
  }

  /// The bucket index of each count.
  private static long[] indexes(Buckets buckets) {
    var indexes = new long[buckets.size()];
    long index = 0;
    int i = 0;
    for (BucketSpan span : buckets.spans()) {
      index += span.offset();
      for (int left = span.length(); left > 0; left--) {
        indexes[i++] = index++;
      }
    }
    return indexes;
  }
}
