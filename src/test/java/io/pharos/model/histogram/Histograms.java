package io.pharos.model.histogram;

import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.promql.parser.SeriesDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Histograms for tests: from the notation of rule unit tests, and random ones.
final class Histograms {
  private Histograms() {}

  static Histogram of(String notation) {
    if (SeriesDescription.items(notation).getFirst()
        instanceof SeriesDescription.HistogramSample sample) {
      return sample.histogram();
    }
    throw new IllegalArgumentException(notation);
  }

  /// The notation without empty buckets, which tests compare.
  static String text(Histogram histogram) {
    return histogram.compacted().toNotation();
  }

  static Stream<Random> chances() {
    return Stream.iterate(1L, seed -> seed + 1).limit(200).map(Random::new);
  }

  /// A counter with integer counts whose zero bucket and buckets do not overlap.
  static Histogram exponential(Random random) {
    int schema = random.nextInt(-1, 4);
    double threshold = random.nextBoolean() ? 0 : Math.scalb(1.0, -random.nextInt(20, 30));
    double zeroCount = threshold == 0 ? 0 : random.nextInt(20);
    Buckets positive = side(random);
    Buckets negative = random.nextBoolean() ? side(random) : Buckets.none();
    double count = zeroCount;
    for (int i = 0; i < positive.size(); i++) {
      count += positive.count(i);
    }
    for (int i = 0; i < negative.size(); i++) {
      count += negative.count(i);
    }
    return new Histogram(
        ResetHint.UNKNOWN,
        schema,
        threshold,
        zeroCount,
        count,
        random.nextInt(1_000),
        positive,
        negative,
        new double[0]);
  }

  private static Buckets side(Random random) {
    var spans = new ArrayList<BucketSpan>();
    int total = 0;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int length = random.nextInt(1, 4);
      spans.add(
          new BucketSpan(spans.isEmpty() ? random.nextInt(-4, 5) : random.nextInt(3), length));
      total += length;
    }
    return new Buckets(spans, random.ints(total, 1, 50).asDoubleStream().toArray());
  }

  static Histogram custom(Random random) {
    double[] bounds =
        random.ints(12, 1, 30).distinct().sorted().limit(6).asDoubleStream().toArray();
    double[] counts = random.ints(bounds.length + 1, 1, 50).asDoubleStream().toArray();
    double count = 0;
    for (double each : counts) {
      count += each;
    }
    return new Histogram(
        ResetHint.UNKNOWN,
        Histogram.CUSTOM_BUCKETS,
        0,
        0,
        count,
        random.nextInt(1_000),
        new Buckets(List.of(new BucketSpan(0, counts.length)), counts),
        Buckets.none(),
        bounds);
  }
}
