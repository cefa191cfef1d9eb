package io.pharos.storage;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.Arrays;

/// The reset hints that a store gives its readers; what a writer said is only where this begins.
///
/// As in Prometheus (`tsdb/chunkenc`), a gauge stays one; a histogram is "not reset" only if the
/// store holds the one before it and has compared the two; whatever else is "unknown", also where a
/// count went down, so that the reader compares what it has in hands. A reader that passes over
/// samples, or a store that lost some, can then not be misled. Other than there, the writer's word
/// that there was a reset is kept: the counts may have outgrown the reset by then, and nobody could
/// find it again.
public final class ResetHints {
  private ResetHints() {}

  /// The hint of a histogram that follows nothing it could be compared with: a float, a gap, the
  /// beginning of the series or of a part of the store that may outlive the part before it.
  public static ResetHint first(Histogram histogram) {
    return switch (histogram.hint()) {
      case GAUGE, RESET -> histogram.hint();
      case UNKNOWN, NOT_RESET -> ResetHint.UNKNOWN;
    };
  }

  /// The hint of a histogram that follows another one in the same series.
  public static ResetHint after(Histogram before, Histogram histogram) {
    ResetHint hint = first(histogram);
    return hint == ResetHint.UNKNOWN
            && before.hint() != ResetHint.GAUGE
            && hasGrown(before, histogram)
        ? ResetHint.NOT_RESET
        : hint;
  }

  /// Whether the histograms have the same kind of buckets and no count is less than before.
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
    int at = 0;
    for (int i = 0; i < older.length; i++) {
      while (at < newer.length && newer[at] < older[i]) {
        at++;
      }
      double now = at < newer.length && newer[at] == older[i] ? after.count(at) : 0;
      if (!(before.count(i) <= now)) {
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
