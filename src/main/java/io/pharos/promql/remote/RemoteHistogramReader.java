package io.pharos.promql.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Reads native histograms from responses of the query API.
///
/// A response contains the bounds of populated buckets, but no schema. The reader uses the highest
/// exponential schema that fits all bounds. If none fits, it uses custom buckets.
final class RemoteHistogramReader {
  /* Relative difference up to which bounds are equal. The server moves a bound of a bucket that
   * overlaps the zero bucket. So the index is computed from the outer bound, which is farther from
   * zero, and the inner bound is only checked if it was not moved. */
  private static final double TOLERANCE = 1e-9;

  private record Bounds(double lower, double upper, double count) {
    boolean isZeroBucket() {
      return lower == -upper;
    }
  }

  private final ToDoubleFunction<JsonNode> number;

  /// Creates a reader.
  ///
  /// @param number parses a number, including NaN and infinity, and throws for everything else
  RemoteHistogramReader(ToDoubleFunction<JsonNode> number) {
    this.number = number;
  }

  Histogram read(JsonNode node) {
    double count = number.applyAsDouble(node.path("count"));
    double sum = number.applyAsDouble(node.path("sum"));
    var buckets = new ArrayList<Bounds>();
    for (JsonNode bucket : node.path("buckets")) {
      buckets.add(
          new Bounds(
              number.applyAsDouble(bucket.path(1)),
              number.applyAsDouble(bucket.path(2)),
              number.applyAsDouble(bucket.path(3))));
    }
    for (int schema = Histogram.MAX_SCHEMA; schema >= Histogram.MIN_SCHEMA; schema--) {
      Histogram exponential = exponential(schema, count, sum, buckets);
      if (exponential != null) {
        return exponential;
      }
    }
    return custom(count, sum, buckets);
  }

  /// Returns the histogram in an exponential schema, or null if the bounds do not fit the schema.
  private static @Nullable Histogram exponential(
      int schema, double count, double sum, List<Bounds> buckets) {
    double threshold = 0;
    double zeroCount = 0;
    for (Bounds bucket : buckets) {
      if (bucket.isZeroBucket()) {
        threshold = bucket.upper;
        zeroCount = bucket.count;
      }
    }
    var positive = new TreeMap<Integer, Double>();
    var negative = new TreeMap<Integer, Double>();
    for (Bounds bucket : buckets) {
      if (bucket.isZeroBucket()) {
        continue;
      }
      boolean isPositive = bucket.upper > 0;
      double outerBound = isPositive ? bucket.upper : -bucket.lower;
      double innerBound = isPositive ? bucket.lower : -bucket.upper;
      if (!(innerBound > 0)) {
        return null;
      }
      boolean overflow =
          Double.isInfinite(outerBound); // infinite observations are in the last bucket
      int index = overflow ? index(schema, Double.MAX_VALUE) + 1 : index(schema, outerBound);
      boolean fits =
          overflow
              ? innerBound == Double.MAX_VALUE
              : isClose(bound(schema, index), outerBound)
                  && (innerBound == threshold || isClose(bound(schema, index - 1), innerBound));
      if (!fits) {
        return null;
      }
      (isPositive ? positive : negative).put(index, bucket.count);
    }
    return new Histogram(
        ResetHint.UNKNOWN,
        schema,
        threshold,
        zeroCount,
        count,
        sum,
        side(positive),
        side(negative),
        new double[0]);
  }

  private static int index(int schema, double bound) {
    return (int) Math.round(Math.log(bound) / Math.log(2) * Math.pow(2, schema));
  }

  private static double bound(int schema, int index) {
    // the last bound is 2^1024, which is represented by the largest double
    return Math.min(Double.MAX_VALUE, Math.pow(2, index / Math.pow(2, schema)));
  }

  private static boolean isClose(double a, double b) {
    return Math.abs(a - b) <= TOLERANCE * Math.abs(b);
  }

  private static Buckets side(SortedMap<Integer, Double> counts) {
    var spans = new ArrayList<BucketSpan>();
    var values = new double[counts.size()];
    int index = 0;
    int end = 0;
    for (var bucket : counts.entrySet()) {
      spans.add(new BucketSpan(bucket.getKey() - end, 1));
      end = bucket.getKey() + 1;
      values[index++] = bucket.getValue();
    }
    return new Buckets(spans, values).compacted();
  }

  private static Histogram custom(double count, double sum, List<Bounds> buckets) {
    var bounds = new TreeSet<Double>();
    for (Bounds bucket : buckets) {
      if (Double.isFinite(bucket.lower)) {
        bounds.add(bucket.lower);
      }
      if (Double.isFinite(bucket.upper)) {
        bounds.add(bucket.upper);
      }
    }
    var counts = new TreeMap<Integer, Double>();
    for (Bounds bucket : buckets) {
      counts.put(bounds.headSet(bucket.upper).size(), bucket.count);
    }
    return new Histogram(
        ResetHint.UNKNOWN,
        Histogram.CUSTOM_BUCKETS,
        0,
        0,
        count,
        sum,
        side(counts),
        Buckets.none(),
        bounds.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
