package io.pharos.ingest.exposition;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the series of one classic histogram and converts them to a native histogram with custom
/// buckets. Reused; not thread-safe.
final class ClassicHistogram {
  private record Bucket(double bound, double cumulative) implements Comparable<Bucket> {
    @Override
    public int compareTo(Bucket other) {
      return Double.compare(bound, other.bound);
    }
  }

  private Bucket[] buckets = new Bucket[16];
  private int size;
  private double count;
  private double sum;
  private boolean hasCount;

  void clear() {
    size = 0;
    count = 0;
    sum = 0;
    hasCount = false;
  }

  /// @param bound the inclusive upper bound
  /// @param cumulative number of observations up to the bound
  void bucket(double bound, double cumulative) {
    if (size == buckets.length) {
      buckets = Arrays.copyOf(buckets, 2 * size);
    }
    /* Zeros of both signs are the same bound. */
    buckets[size++] = new Bucket(bound + 0.0, cumulative);
  }

  void count(double newCount) {
    count = newCount;
    hasCount = true;
  }

  void sum(double newSum) {
    sum = newSum;
  }

  /// The native histogram, or null if the series contradict each other: counts that decrease from
  /// bucket to bucket, or a `_count` that differs from the last bucket.
  @Nullable Histogram convert() {
    Arrays.sort(buckets, 0, size);
    if (!hasCount && size == 0) {
      return null;
    }
    double all = hasCount ? count : buckets[size - 1].cumulative;
    if (size == 0 || buckets[size - 1].bound != Double.POSITIVE_INFINITY) {
      bucket(Double.POSITIVE_INFINITY, all);
    }
    var bounds = new double[size];
    var counts = new double[size];
    int used = 0;
    double before = 0;
    for (int i = 0; i < size; i++) {
      double cumulative = buckets[i].cumulative;
      if (used == 0 || bounds[used - 1] != buckets[i].bound) {
        if (!(cumulative >= before)) {
          return null;
        }
        bounds[used] = buckets[i].bound;
        counts[used++] = cumulative - before;
        before = cumulative;
      }
    }
    if (before != all) {
      return null;
    }
    return new Histogram(
        ResetHint.UNKNOWN,
        Histogram.CUSTOM_BUCKETS,
        0,
        0,
        all,
        sum,
        new Buckets(List.of(new BucketSpan(0, used)), Arrays.copyOf(counts, used)),
        Buckets.none(),
        Arrays.copyOf(bounds, used - 1));
  }
}
