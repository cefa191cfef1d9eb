package io.pharos.model.histogram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/// A native histogram with float counts (prometheus `model/histogram/float_histogram.go`).
///
/// With an exponential schema s, positive bucket i covers 2^((i-1)/2^s), exclusive, to 2^(i/2^s),
/// inclusive; negative buckets are its mirror image. The zero bucket covers all values whose
/// distance from zero is at most the zero threshold. With the schema [#CUSTOM_BUCKETS] there are
/// only positive buckets: bucket i ends at the i-th custom value, the last one at +Inf.
///
/// Bucket counts are absolute, in the order of the spans' bucket indexes. Two histograms are equal
/// if their numbers (NaNs by their bits), the layout of their spans and their reset hints are
/// equal.
///
/// @param hint what the writer knows about a counter reset since the previous histogram
/// @param schema exponential schema, or [#CUSTOM_BUCKETS]
/// @param zeroThreshold upper bound of the zero bucket; its lower bound is the negated threshold
/// @param customValues upper bounds of the buckets, ascending and finite, without +Inf; empty
///   unless the schema is [#CUSTOM_BUCKETS]. The constructor and the accessor copy the array
public record Histogram(
    ResetHint hint,
    int schema,
    double zeroThreshold,
    double zeroCount,
    double count,
    double sum,
    Buckets positive,
    Buckets negative,
    double[] customValues) {
  /// Schema of a histogram whose bucket bounds are [#customValues].
  public static final int CUSTOM_BUCKETS = -53;

  /// Minimum and maximum exponential schema in storage; buckets grow by the factor 2^(2^-s).
  public static final int MIN_SCHEMA = -4;

  public static final int MAX_SCHEMA = 8;

  /// Maximum schema that a writer may use; buckets of schemas above [#MAX_SCHEMA] are merged on
  /// receipt.
  public static final int MAX_RESERVED_SCHEMA = 52;

  /// Tells which observations a trimmed histogram keeps.
  public enum Trim {
    /// Observations below the value: PromQL's `</`.
    KEEP_BELOW,
    /// Observations above the value: PromQL's `>/`.
    KEEP_ABOVE
  }

  /// One side of a histogram: spans, and one absolute count for each bucket of the spans. The
  /// constructor and the accessor copy the array.
  public record Buckets(List<BucketSpan> spans, double[] counts) {
    private static final Buckets NONE = new Buckets(List.of(), new double[0]);

    public Buckets {
      spans = List.copyOf(spans);
      counts = counts.clone();
      long expected = 0;
      for (int i = 0; i < spans.size(); i++) {
        if (i > 0 && spans.get(i).offset() < 0) {
          throw new IllegalArgumentException(
              "span " + i + " has offset " + spans.get(i).offset() + ", expected zero or more");
        }
        expected += spans.get(i).length();
      }
      if (expected != counts.length) {
        throw new IllegalArgumentException(
            "found " + expected + " buckets in the spans, but " + counts.length + " counts");
      }
    }

    /// Returns a side without buckets.
    public static Buckets none() {
      return NONE;
    }

    /// Returns a copy of the counts.
    @Override
    public double[] counts() {
      return counts.clone();
    }

    /// Returns the index of each bucket, ascending.
    int[] indexes() {
      int[] indexes = new int[counts.length];
      int index = 0;
      int i = 0;
      for (BucketSpan span : spans) {
        index += span.offset();
        for (int left = span.length(); left > 0; left--) {
          indexes[i++] = index++;
        }
      }
      return indexes;
    }

    /// Returns the counts themselves, not a copy, for readers in this package.
    double[] rawCounts() {
      return counts;
    }

    /// Returns the number of buckets.
    public int size() {
      return counts.length;
    }

    /// Returns the count of the i-th bucket.
    public double count(int i) {
      return counts[i];
    }

    Buckets mapped(DoubleUnaryOperator change) {
      return counts.length == 0
          ? this
          : new Buckets(spans, Arrays.stream(counts).map(change).toArray());
    }

    /// Returns this side without empty buckets, in spans as long as possible.
    public Buckets compacted() {
      BucketSums sums = BucketSums.of(this);
      sums.dropEmpty();
      return sums.toBuckets();
    }

    /// Returns this side in an exponential schema that is lower by `levels`, whose buckets cover
    /// 2^levels of the present ones. Empty buckets are kept.
    public Buckets coarsened(int levels) {
      if (levels == 0) {
        return this;
      }
      BucketSums sums = BucketSums.of(this);
      sums.coarsen(levels);
      return sums.toBuckets();
    }

    boolean isSameAs(Buckets other) {
      return sameBits(counts, other.counts)
          && (spans.equals(other.spans) || Arrays.equals(indexes(), other.indexes()));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Buckets buckets
          && spans.equals(buckets.spans)
          && sameBits(counts, buckets.counts);
    }

    @Override
    public int hashCode() {
      return 31 * spans.hashCode() + Arrays.hashCode(counts);
    }
  }

  /// @throws IllegalArgumentException if the parts don't match or the schema is unknown
  public Histogram {
    customValues = customValues.clone();
    if (schema != CUSTOM_BUCKETS && (schema < MIN_SCHEMA || schema > MAX_SCHEMA)) {
      throw new IllegalArgumentException(
          "schema %d, expected %d to %d, or %d for custom buckets"
              .formatted(schema, MIN_SCHEMA, MAX_SCHEMA, CUSTOM_BUCKETS));
    }
    if (schema != CUSTOM_BUCKETS && customValues.length > 0) {
      throw new IllegalArgumentException(
          customValues.length + " custom values for schema " + schema + ", expected none");
    }
  }

  /// Whether the bucket bounds are [#customValues].
  public boolean hasCustomBuckets() {
    return schema == CUSTOM_BUCKETS;
  }

  @Override
  public double[] customValues() {
    return customValues.clone();
  }

  double[] rawCustomValues() {
    return customValues;
  }

  /// Returns this histogram with another reset hint.
  public Histogram withHint(ResetHint changed) {
    return new Histogram(
        changed, schema, zeroThreshold, zeroCount, count, sum, positive, negative, customValues);
  }

  /// Returns this histogram without its buckets; count, sum and schema stay.
  public Histogram withoutBuckets() {
    return new Histogram(
        hint, schema, 0, 0, count, sum, Buckets.none(), Buckets.none(), customValues);
  }

  /// Returns a histogram with this schema, but without observations and reset hint.
  public Histogram emptied() {
    return new Histogram(
        ResetHint.UNKNOWN, schema, 0, 0, 0, 0, Buckets.none(), Buckets.none(), customValues);
  }

  /// Multiplies all counts and the sum. With a negative factor the result is a gauge.
  public Histogram times(double factor) {
    return mapped(factor < 0 ? ResetHint.GAUGE : hint, value -> value * factor);
  }

  /// Divides all counts and the sum. With a negative divisor the result is a gauge; with zero it
  /// has no buckets.
  public Histogram dividedBy(double divisor) {
    ResetHint changed = divisor < 0 ? ResetHint.GAUGE : hint;
    if (divisor != 0) {
      return mapped(changed, value -> value / divisor);
    }
    return new Histogram(
        changed,
        schema,
        zeroThreshold,
        zeroCount / divisor,
        count / divisor,
        sum / divisor,
        Buckets.none(),
        Buckets.none(),
        customValues);
  }

  private Histogram mapped(ResetHint changedHint, DoubleUnaryOperator change) {
    return new Histogram(
        changedHint,
        schema,
        zeroThreshold,
        change.applyAsDouble(zeroCount),
        change.applyAsDouble(count),
        change.applyAsDouble(sum),
        positive.mapped(change),
        negative.mapped(change),
        customValues);
  }

  /// Returns this histogram without empty buckets, in spans as long as possible.
  public Histogram compacted() {
    return new Histogram(
        hint,
        schema,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positive.compacted(),
        negative.compacted(),
        customValues);
  }

  /// Returns this histogram in a lower exponential schema.
  public Histogram atSchema(int lower) {
    if (hasCustomBuckets() || lower > schema) {
      throw new IllegalArgumentException("schema " + schema + " can't be converted to " + lower);
    }
    var reduced = new HistogramSum(this);
    reduced.coarsenTo(lower);
    return reduced.value();
  }

  /// Whether the counter was reset between an earlier histogram and this one.
  public boolean isResetSince(Histogram previous) {
    return ResetDetection.isReset(previous, this);
  }

  /// Returns the observations below or above a value, estimated from the buckets.
  public Histogram trimmed(Trim side, double value) {
    return new Trimming(side, value).apply(this);
  }

  /// Returns all buckets in ascending order, including the zero bucket if it is populated. Buckets
  /// that overlap with the zero bucket end there.
  public List<Bucket> buckets() {
    var all = new ArrayList<Bucket>(negative.size() + positive.size() + 1);
    int[] below = negative.indexes();
    for (int i = below.length - 1; i >= 0; i--) {
      Bucket bucket = negativeBucket(below[i], negative.count(i));
      boolean overlaps = bucket.upper() < 0 && bucket.upper() > -zeroThreshold;
      all.add(overlaps ? bucket.within(bucket.lower(), -zeroThreshold) : bucket);
    }
    if (zeroCount > 0) {
      all.add(zeroBucket());
    }
    int[] above = positive.indexes();
    for (int i = 0; i < above.length; i++) {
      Bucket bucket = positiveBucket(above[i], positive.count(i));
      boolean overlaps = bucket.lower() > 0 && bucket.lower() < zeroThreshold;
      all.add(overlaps ? bucket.within(zeroThreshold, bucket.upper()) : bucket);
    }
    return all;
  }

  Bucket positiveBucket(int index, double bucketCount) {
    double lower = BucketBounds.upper(this, index - 1);
    double upper = BucketBounds.upper(this, index);
    return hasCustomBuckets()
        ? new Bucket(lower, upper, index == 0, true, bucketCount)
        : new Bucket(lower, upper, lower < 0, upper > 0, bucketCount);
  }

  Bucket negativeBucket(int index, double bucketCount) {
    return new Bucket(
        -BucketBounds.upper(this, index),
        -BucketBounds.upper(this, index - 1),
        true,
        false,
        bucketCount);
  }

  Bucket zeroBucket() {
    return new Bucket(-zeroThreshold, zeroThreshold, true, true, zeroCount);
  }

  /// Whether two histograms have the same numbers in the same buckets, whatever their spans and
  /// reset hints. NaNs are compared by their bits.
  public boolean isSameAs(Histogram other) {
    return schema == other.schema
        && sameBits(count, other.count)
        && sameBits(sum, other.sum)
        && zeroThreshold == other.zeroThreshold
        && sameBits(zeroCount, other.zeroCount)
        && Arrays.equals(customValues, other.customValues)
        && positive.isSameAs(other.positive)
        && negative.isSameAs(other.negative);
  }

  /// Returns Go's notation with the populated buckets: `{count:3, sum:5, (1,2]:3}`.
  @Override
  public String toString() {
    return HistogramText.of(this);
  }

  /// Returns the notation of rule unit tests: `{{schema:1 count:3 sum:5 buckets:[1 2]}}`.
  public String toNotation() {
    return HistogramText.notation(this);
  }

  /// Compares everything, including the layout of the spans and the reset hint.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Histogram histogram
        && hint == histogram.hint
        && schema == histogram.schema
        && sameBits(zeroThreshold, histogram.zeroThreshold)
        && sameBits(zeroCount, histogram.zeroCount)
        && sameBits(count, histogram.count)
        && sameBits(sum, histogram.sum)
        && positive.equals(histogram.positive)
        && negative.equals(histogram.negative)
        && sameBits(customValues, histogram.customValues);
  }

  @Override
  public int hashCode() {
    int hash = 31 * schema + Double.hashCode(count);
    hash = 31 * hash + Double.hashCode(sum);
    return 31 * (31 * hash + positive.hashCode()) + negative.hashCode();
  }

  private static boolean sameBits(double a, double b) {
    return Double.doubleToRawLongBits(a) == Double.doubleToRawLongBits(b);
  }

  private static boolean sameBits(double[] a, double[] b) {
    if (a.length != b.length) {
      return false;
    }
    for (int i = 0; i < a.length; i++) {
      if (!sameBits(a[i], b[i])) {
        return false;
      }
    }
    return true;
  }
}
