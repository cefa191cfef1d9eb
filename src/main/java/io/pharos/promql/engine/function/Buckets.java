package io.pharos.promql.engine.function;

import io.pharos.promql.engine.query.QueryAnnotations;
import org.jspecify.annotations.Nullable;

/// The buckets of one classic histogram at one time: upper bounds with cumulative counts.
final class Buckets {
  /// Counts whose relative difference is below this differ only by rounding. Corrections of such
  /// counts are not reported.
  private static final double TOLERANCE = 1e-12;

  private final double[] bounds;
  private final double[] counts;
  private int size;
  private QueryAnnotations.@Nullable Raised raised;

  Buckets(int capacity) {
    bounds = new double[capacity];
    counts = new double[capacity];
  }

  /// Adds a bucket. If a bucket with the same bound exists, adds the count to that bucket.
  void add(double bound, double count) {
    int index = size;
    while (index > 0 && bounds[index - 1] > bound) {
      index--;
    }
    if (index > 0 && bounds[index - 1] == bound) {
      counts[index - 1] += count;
      return;
    }
    System.arraycopy(bounds, index, bounds, index + 1, size - index);
    System.arraycopy(counts, index, counts, index + 1, size - index);
    bounds[index] = bound;
    counts[index] = count;
    size++;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// Returns the corrections that were needed to compute a quantile, or null if there were none.
  QueryAnnotations.@Nullable Raised raised() {
    return raised;
  }

  /// Returns the q-quantile, interpolated within its bucket.
  double quantile(double q) {
    if (Double.isNaN(q)) {
      return Double.NaN;
    }
    if (q < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (q > 1) {
      return Double.POSITIVE_INFINITY;
    }
    if (bounds[size - 1] != Double.POSITIVE_INFINITY) {
      return Double.NaN;
    }
    ensureMonotonic();
    double observations = counts[size - 1];
    if (size < 2 || observations == 0) {
      return Double.NaN;
    }
    double rank = q * observations;
    int index = firstOfRank(rank);
    if (index == size - 1) {
      return bounds[size - 2];
    }
    if (index == 0 && bounds[0] <= 0) {
      return bounds[0];
    }
    double start = 0;
    double count = counts[index];
    if (index > 0) {
      start = bounds[index - 1];
      count -= counts[index - 1];
      rank -= counts[index - 1];
    }
    return start + (bounds[index] - start) * (rank / count);
  }

  /// Returns the index of the first bucket whose count reaches a rank, or the index of the last
  /// bucket if no count does.
  private int firstOfRank(double rank) {
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (counts[middle] >= rank) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private void ensureMonotonic() {
    double previous = counts[0];
    for (int i = 1; i < size; i++) {
      double current = counts[i];
      if (current == previous) {
        continue;
      }
      if (isRoundingError(previous, current)) {
        counts[i] = previous;
      } else if (current < previous) {
        counts[i] = previous;
        raised = QueryAnnotations.Raised.of(raised, bounds[i], previous - current);
      } else {
        previous = current;
      }
    }
  }

  private static boolean isRoundingError(double a, double b) {
    double sum = Math.abs(a) + Math.abs(b);
    double difference = Math.abs(a - b);
    if (a == 0 || b == 0 || sum < Double.MIN_NORMAL) {
      return difference < TOLERANCE * Double.MIN_NORMAL;
    }
    return difference / Math.min(sum, Double.MAX_VALUE) < TOLERANCE;
  }

  /// Returns the fraction of observations between two bounds, interpolated within their buckets.
  double fraction(double lower, double upper) {
    if (bounds[size - 1] != Double.POSITIVE_INFINITY) {
      return Double.NaN;
    }
    double observations = counts[size - 1];
    if (observations == 0 || Double.isNaN(lower) || Double.isNaN(upper)) {
      return Double.NaN;
    }
    if (lower >= upper) {
      return 0;
    }
    return (rank(upper) - rank(lower)) / observations;
  }

  /// Returns the number of observations below a value. It is at most the total, even if the count
  /// of a lower bucket exceeds the total.
  private double rank(double value) {
    double total = counts[size - 1];
    double rank = uncappedRank(value);
    return rank > total ? total : rank;
  }

  private double uncappedRank(double value) {
    double below = 0;
    for (int i = 0; i < size; i++) {
      double start = i > 0 ? bounds[i - 1] : bounds[0] > 0 ? 0 : Double.NEGATIVE_INFINITY;
      if (value <= start) {
        return below;
      }
      if (value < bounds[i]) {
        // a bucket of infinite width cannot be interpolated
        if (Double.isInfinite(bounds[i])) {
          return below;
        }
        if (Double.isInfinite(start)) {
          return counts[i];
        }
        return below + (counts[i] - below) * (value - start) / (bounds[i] - start);
      }
      below = counts[i];
    }
    return counts[size - 1];
  }
}
