package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.prometheus.HistogramConfig;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistogramBoundsTest {
  private static Histogram histogram(int schema, Buckets positive, Buckets negative) {
    return new Histogram(ResetHint.GAUGE, schema, 0.5, 1, 9, 2, positive, negative, new double[0]);
  }

  /* The table of Prometheus' documentation, and the values around it. */
  @ParameterizedTest
  @CsvSource({
    "65536, -4",
    "256, -3",
    "16, -2",
    "4, -1",
    "2, 0",
    "1.4, 1",
    "1.1, 2",
    "1.09, 3",
    "1.04, 4",
    "1.02, 5",
    "1.01, 6",
    "1.005, 7",
    "1.002, 8",
    "0, 8",
    "1, 8",
    "1e300, -4",
    "2.01, -1"
  })
  void of_factor_givesTheSchemaOfPrometheus(double factor, int schema) {
    assertThat(HistogramBounds.of(new HistogramConfig(true, false, false, 0, factor)).maxSchema())
        .isEqualTo(schema);
  }

  @Test
  void apply_withinTheBounds_changesNothing() {
    Histogram histogram =
        histogram(
            3, new Buckets(List.of(new BucketSpan(0, 2)), new double[] {1, 2}), Buckets.none());
    assertThat(new HistogramBounds(3, 2).apply(histogram)).isSameAs(histogram);
  }

  @Test
  void apply_spansWithGaps_joinsByIndex() {
    /* Indexes -4, -3, 0, 1, 2, 7 become -2+…: ((i - 1) >> 1) + 1. */
    var positive =
        new Buckets(
            List.of(new BucketSpan(-4, 2), new BucketSpan(2, 3), new BucketSpan(4, 1)),
            new double[] {1, 2, 4, 8, 16, 32});
    var negative = new Buckets(List.of(new BucketSpan(5, 2)), new double[] {3, 4});
    Histogram reduced = new HistogramBounds(0, 0).apply(histogram(1, positive, negative));
    assertThat(reduced)
        .isEqualTo(
            histogram(
                0,
                new Buckets(
                    List.of(new BucketSpan(-2, 4), new BucketSpan(2, 1)),
                    new double[] {1, 2, 4, 24, 32}),
                new Buckets(List.of(new BucketSpan(3, 1)), new double[] {7})));
  }

  @Test
  void apply_lowestResolution_isNotEnough() {
    var far =
        new Buckets(List.of(new BucketSpan(-60, 1), new BucketSpan(100, 1)), new double[] {1, 1});
    assertThat(new HistogramBounds(8, 1).apply(histogram(0, far, Buckets.none()))).isNull();
  }
}
