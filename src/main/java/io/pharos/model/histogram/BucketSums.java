package io.pharos.model.histogram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;

/// The buckets of one side of a histogram during a computation: indexes in ascending order, sums of
/// counts, and the rounding errors of these sums. Not thread-safe.
final class BucketSums {
  private int[] indexes;
  private double[] counts;
  private double[] errors;
  private int size;

  private BucketSums(int[] indexes, double[] counts, double[] errors, int size) {
    this.indexes = indexes;
    this.counts = counts;
    this.errors = errors;
    this.size = size;
  }

  static BucketSums of(Histogram.Buckets buckets) {
    int size = buckets.size();
    return new BucketSums(buckets.indexes(), buckets.counts(), new double[size], size);
  }

  BucketSums copy() {
    return new BucketSums(
        Arrays.copyOf(indexes, size),
        Arrays.copyOf(counts, size),
        Arrays.copyOf(errors, size),
        size);
  }

  int size() {
    return size;
  }

  int index(int i) {
    return indexes[i];
  }

  double count(int i) {
    return counts[i];
  }

  /// Adds a term to the sum at `i`, and the rounding error of this addition to the error at `i`
  /// (Neumaier's variant of Kahan summation).
  static void add(double[] sums, double[] errors, int i, double term) {
    double sum = sums[i];
    double total = sum + term;
    if (Double.isInfinite(total)) {
      errors[i] = 0;
    } else if (Math.abs(sum) >= Math.abs(term)) {
      errors[i] += (sum - total) + term;
    } else {
      errors[i] += (term - total) + sum;
    }
    sums[i] = total;
  }

  /// Adds the counts of the same side of another histogram, or subtracts them if the sign is -1.
  /// Missing buckets are created.
  void add(BucketSums other, int sign) {
    if (hasSameIndexes(other)) {
      for (int i = 0; i < size; i++) {
        add(counts, errors, i, sign * other.counts[i]);
        add(counts, errors, i, sign * other.errors[i]);
      }
      return;
    }
    int[] mergedIndexes = new int[size + other.size];
    double[] mergedCounts = new double[size + other.size];
    double[] mergedErrors = new double[size + other.size];
    int next = 0;
    int i = 0;
    int j = 0;
    while (i < size || j < other.size) {
      boolean mine = i < size && (j >= other.size || indexes[i] <= other.indexes[j]);
      boolean theirs = j < other.size && (i >= size || other.indexes[j] <= indexes[i]);
      mergedIndexes[next] = mine ? indexes[i] : other.indexes[j];
      if (mine) {
        mergedCounts[next] = counts[i];
        mergedErrors[next] = errors[i++];
      }
      if (theirs) {
        add(mergedCounts, mergedErrors, next, sign * other.counts[j]);
        add(mergedCounts, mergedErrors, next, sign * other.errors[j++]);
      }
      next++;
    }
    indexes = mergedIndexes;
    counts = mergedCounts;
    errors = mergedErrors;
    size = next;
  }

  private boolean hasSameIndexes(BucketSums other) {
    return Arrays.equals(indexes, 0, size, other.indexes, 0, other.size);
  }

  /// Moves each bucket to another index. The function must be monotonic; buckets that get the same
  /// index are added up.
  void move(IntUnaryOperator target) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      int index = target.applyAsInt(indexes[i]);
      double count = counts[i];
      double error = errors[i];
      if (kept > 0 && indexes[kept - 1] == index) {
        add(counts, errors, kept - 1, count);
        add(counts, errors, kept - 1, error);
      } else {
        indexes[kept] = index;
        counts[kept] = count;
        errors[kept++] = error;
      }
    }
    size = kept;
  }

  /// Converts to an exponential schema that is lower by `levels`, whose buckets cover 2^levels of
  /// the present ones.
  void coarsen(int levels) {
    if (levels > 0) {
      int shift = Math.min(levels, Integer.SIZE - 1);
      move(index -> ((index - 1) >> shift) + 1);
    }
  }

  /// Returns the number of buckets whose lower bound is below a zero threshold.
  int begunBelow(double threshold, int schema) {
    int i = 0;
    while (i < size && BucketBounds.exponential(schema, indexes[i] - 1) < threshold) {
      i++;
    }
    return i;
  }

  /// Returns the smallest threshold that is at least the given one and divides no populated bucket.
  double thresholdOutside(double threshold, int schema) {
    int begun = begunBelow(threshold, schema);
    if (begun > 0 && counts[begun - 1] != 0) {
      return Math.max(threshold, BucketBounds.exponential(schema, indexes[begun - 1]));
    }
    return threshold;
  }

  /// Removes the first `removed` buckets and adds their counts to the sum at `target`.
  void removeFirst(int removed, double[] sums, double[] sumErrors, int target) {
    for (int i = 0; i < removed; i++) {
      add(sums, sumErrors, target, counts[i]);
      add(sums, sumErrors, target, errors[i]);
    }
    System.arraycopy(indexes, removed, indexes, 0, size - removed);
    System.arraycopy(counts, removed, counts, 0, size - removed);
    System.arraycopy(errors, removed, errors, 0, size - removed);
    size -= removed;
  }

  /// Applies a function to all sums and errors, such as a multiplication by a factor.
  void scale(DoubleUnaryOperator change) {
    scale(counts, size, change);
    scale(errors, size, change);
  }

  static void scale(double[] values, int size, DoubleUnaryOperator change) {
    for (int i = 0; i < size; i++) {
      values[i] = change.applyAsDouble(values[i]);
    }
  }

  void dropEmpty() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (counts[i] + errors[i] != 0) {
        indexes[kept] = indexes[i];
        counts[kept] = counts[i];
        errors[kept++] = errors[i];
      }
    }
    size = kept;
  }

  boolean anyInfinite() {
    for (int i = 0; i < size; i++) {
      if (Double.isInfinite(counts[i])) {
        return true;
      }
    }
    return false;
  }

  /// Returns sums plus errors as counts, in spans as long as possible.
  Histogram.Buckets toBuckets() {
    if (size == 0) {
      return Histogram.Buckets.none();
    }
    var spans = new ArrayList<BucketSpan>();
    double[] totals = new double[size];
    int begin = 0;
    int end = 0;
    for (int i = 0; i < size; i++) {
      totals[i] = counts[i] + errors[i];
      if (i + 1 == size || indexes[i + 1] != indexes[i] + 1) {
        spans.add(new BucketSpan(indexes[begin] - end, i + 1 - begin));
        end = indexes[i] + 1;
        begin = i + 1;
      }
    }
    return new Histogram.Buckets(spans, totals);
  }
}
