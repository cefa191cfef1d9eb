package io.pharos.model.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random chains of operations: only refusals may stop them, and the buckets must always contain
/// all counted observations.
class HistogramArithmeticTest {
  private static final int OPERATIONS = 40;

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void operations_inAnyOrder_keepTheCountInTheBuckets(Random random) {
    boolean custom = random.nextBoolean();
    Histogram current = next(random, custom);
    for (int i = 0; i < OPERATIONS; i++) {
      Histogram before = current;
      current = changed(current, random, custom);

      assertThat(inBuckets(current))
          .as("%s after %s", current, before)
          .isCloseTo(current.count(), offset(1e-9 * (1 + magnitude(current) + magnitude(before))));
      assertThat(current.schema()).isLessThanOrEqualTo(before.schema());
      assertThat(current.zeroThreshold()).isGreaterThanOrEqualTo(before.zeroThreshold());
      assertThat(bounds(current)).isSubsetOf(bounds(before));
      assertThat(current.isSameAs(before)).isEqualTo(before.isSameAs(current));
      ask(current, random);
    }
  }

  private static List<Double> bounds(Histogram histogram) {
    return DoubleStream.of(histogram.customValues()).boxed().toList();
  }

  private static Histogram next(Random random, boolean custom) {
    return custom ? Histograms.custom(random) : Histograms.exponential(random);
  }

  private static Histogram changed(Histogram histogram, Random random, boolean custom) {
    return switch (random.nextInt(8)) {
      case 0 -> sum(histogram, next(random, custom), true);
      case 1 -> sum(histogram, next(random, custom), false);
      case 2 -> mean(histogram, next(random, custom), next(random, custom));
      case 3 -> histogram.times(random.nextInt(-3, 4));
      case 4 -> histogram.dividedBy(random.nextInt(1, 5));
      case 5 -> histogram.compacted();
      case 6 -> {
        boolean lower = !custom && histogram.schema() > Histogram.MIN_SCHEMA;
        yield lower ? histogram.atSchema(histogram.schema() - 1) : histogram;
      }
      // A part below zero cannot be taken.
      default ->
          isCounter(histogram)
              ? histogram.trimmed(
                  random.nextBoolean() ? Histogram.Trim.KEEP_BELOW : Histogram.Trim.KEEP_ABOVE,
                  random.nextDouble(-30, 30))
              : histogram;
    };
  }

  private static Histogram sum(Histogram one, Histogram other, boolean plus) {
    var sum = new HistogramSum(one);
    if (plus) {
      sum.add(other);
    } else {
      sum.subtract(other);
    }
    return sum.value();
  }

  private static Histogram mean(Histogram one, Histogram second, Histogram third) {
    var mean = new HistogramMean(one);
    mean.add(second);
    mean.add(third);
    return mean.value();
  }

  /// Computes what rules compute; the results must be within their bounds.
  private static void ask(Histogram histogram, Random random) {
    histogram.isResetSince(next(random, histogram.hasCustomBuckets()));
    Estimates.variance(histogram);
    assertThat(histogram.toString()).startsWith("{count:").endsWith("}");
    if (isCounter(histogram) && histogram.count() > 0) {
      double value = random.nextDouble(-30, 30);
      double below = Estimates.fraction(Double.NEGATIVE_INFINITY, value, histogram).value();
      double above = Estimates.fraction(value, Double.POSITIVE_INFINITY, histogram).value();
      assertThat(below).isBetween(0.0, 1.0);
      assertThat(below + above).isCloseTo(1, offset(1e-9));
      double low = Estimates.quantile(0.3, histogram).value();
      double high = Estimates.quantile(0.7, histogram).value();
      assertThat(low).isLessThanOrEqualTo(high);
    }
  }

  private static boolean isCounter(Histogram histogram) {
    boolean counter = histogram.zeroCount() >= 0;
    for (Bucket bucket : histogram.buckets()) {
      counter &= bucket.count() >= 0;
    }
    return counter;
  }

  private static double inBuckets(Histogram histogram) {
    double total = histogram.zeroCount();
    for (Histogram.Buckets side :
        new Histogram.Buckets[] {histogram.positive(), histogram.negative()}) {
      for (int i = 0; i < side.size(); i++) {
        total += side.count(i);
      }
    }
    return total;
  }

  private static double magnitude(Histogram histogram) {
    double magnitude = Math.abs(histogram.count()) + Math.abs(histogram.zeroCount());
    for (Bucket bucket : histogram.buckets()) {
      magnitude += Math.abs(bucket.count());
    }
    return magnitude;
  }
}
