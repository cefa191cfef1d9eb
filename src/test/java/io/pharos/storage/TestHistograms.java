package io.pharos.storage;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Histograms for tests.
public final class TestHistograms {
  private TestHistograms() {}

  /// A counter of schema 0 with consecutive positive buckets from index 0.
  public static Histogram of(double... counts) {
    return of(ResetHint.UNKNOWN, counts);
  }

  /// The same counter with a reset hint.
  public static Histogram of(ResetHint hint, double... counts) {
    double count = 0;
    for (double one : counts) {
      count += one;
    }
    var buckets = new Buckets(List.of(new BucketSpan(0, counts.length)), counts);
    return new Histogram(hint, 0, 0, 0, count, count, buckets, Buckets.none(), new double[0]);
  }

  /// A random histogram: all schemas, hints, layouts and bit patterns.
  public static Histogram random(Random random) {
    boolean custom = random.nextInt(4) == 0;
    Buckets positive = buckets(random);
    var bounds = new double[custom ? positive.size() : 0];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = i + random.nextDouble();
    }
    return new Histogram(
        ResetHint.values()[random.nextInt(4)],
        custom ? Histogram.CUSTOM_BUCKETS : random.nextInt(Histogram.MIN_SCHEMA, 9),
        number(random),
        number(random),
        number(random),
        number(random),
        positive,
        custom ? Buckets.none() : buckets(random),
        bounds);
  }

  /// A later state of a counter with the same layout.
  public static Histogram grown(Histogram before, Random random) {
    return new Histogram(
        before.hint(),
        before.schema(),
        before.zeroThreshold(),
        before.zeroCount() + random.nextInt(2),
        before.count() + random.nextInt(50),
        before.sum() + random.nextInt(9) / 4.0,
        grown(before.positive(), random),
        grown(before.negative(), random),
        before.customValues());
  }

  private static Buckets grown(Buckets before, Random random) {
    double[] counts = before.counts();
    for (int i = 0; i < counts.length; i++) {
      counts[i] += random.nextInt(3) == 0 ? random.nextInt(20) : 0;
    }
    return new Buckets(before.spans(), counts);
  }

  private static Buckets buckets(Random random) {
    var spans = new ArrayList<BucketSpan>();
    int length = 0;
    for (int i = random.nextInt(4); i > 0; i--) {
      int offset = spans.isEmpty() ? random.nextInt(-2000, 2000) : random.nextInt(5);
      spans.add(new BucketSpan(offset, random.nextInt(6)));
      length += spans.getLast().length();
    }
    var counts = new double[length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = number(random);
    }
    return new Buckets(spans, counts);
  }

  private static double number(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextGaussian();
      case 1 -> Double.longBitsToDouble(random.nextLong());
      case 2 -> Double.NaN;
      default -> random.nextInt(1000);
    };
  }
}
