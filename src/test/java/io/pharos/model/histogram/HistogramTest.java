package io.pharos.model.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.histogram.Histogram.Buckets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HistogramTest {
  @Test
  void buckets_ofBothSides_ascendAndEndAtTheZeroBucket() {
    Histogram histogram =
        Histograms.of(
            "{{schema:0 count:9 z_bucket:3 z_bucket_w:0.75 buckets:[1 2] n_buckets:[3]}}");

    assertThat(histogram.buckets())
        .extracting(Bucket::toString)
        .containsExactly("[-1,-0.75):3", "[-0.75,0.75]:3", "(0.75,1]:1", "(1,2]:2");
  }

  @Test
  void buckets_custom_reachToInfinity() {
    Histogram histogram =
        Histograms.of("{{schema:-53 count:6 custom_values:[1 5] buckets:[1 2 3]}}");

    assertThat(histogram.buckets())
        .extracting(Bucket::toString)
        .containsExactly("[-Inf,1]:1", "(1,5]:2", "(5,+Inf]:3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {{}}                                                   | {count:0, sum:0}
          {{count:3 sum:5 buckets:[1 0 2]}}                      | {count:3, sum:5, (0.5,1]:1, (2,4]:2}
          {{schema:1 count:1.5 sum:-2 n_offset:1 n_buckets:[1.5]}} | {count:1.5, sum:-2, [-1.4142135623730951,-1):1.5}
          {{schema:-1 count:1 buckets:[1] offset:1}}             | {count:1, sum:0, (1,4]:1}
          {{count:2 z_bucket:2 z_bucket_w:0.001}}                | {count:2, sum:0, [-0.001,0.001]:2}
          {{schema:-53 count:2 sum:1 custom_values:[5] buckets:[0 2]}} | {count:2, sum:1, (5,+Inf]:2}
          """)
  void text_isGos(String notation, String expected) {
    assertThat(Histograms.of(notation)).hasToString(expected);
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void notation_readAgain_isTheSame(Random random) {
    Histogram histogram =
        random.nextBoolean() ? Histograms.exponential(random) : Histograms.custom(random);

    Histogram again = Histograms.of(histogram.toNotation());

    assertThat(again.compacted().isSameAs(histogram.compacted())).as("%s", histogram).isTrue();
  }

  @Test
  void isSameAs_otherSpansOrHint_isTrueWhereEqualsIsNot() {
    var one = histogram(ResetHint.UNKNOWN, List.of(new BucketSpan(1, 2)), 1, 2);
    var other =
        histogram(ResetHint.RESET, List.of(new BucketSpan(1, 1), new BucketSpan(0, 1)), 1, 2);

    assertThat(one.isSameAs(other)).isTrue();
    assertThat(one).isNotEqualTo(other);
    assertThat(one.compacted()).isEqualTo(other.compacted().withHint(ResetHint.UNKNOWN));
    assertThat(one.isSameAs(histogram(ResetHint.UNKNOWN, List.of(new BucketSpan(2, 2)), 1, 2)))
        .isFalse();
    assertThat(one.isSameAs(histogram(ResetHint.UNKNOWN, List.of(new BucketSpan(1, 2)), 1, 3)))
        .isFalse();
  }

  private static Histogram histogram(ResetHint hint, List<BucketSpan> spans, double... counts) {
    return new Histogram(
        hint, 0, 0, 0, 3, 4, new Buckets(spans, counts), Buckets.none(), new double[0]);
  }

  @Test
  void scaling_byNegativeOrZero_makesAGaugeOrTakesTheBucketsAway() {
    Histogram histogram = Histograms.of("{{count:4 sum:8 buckets:[4]}}");

    assertThat(histogram.times(-0.5).toNotation())
        .isEqualTo("{{count:-2 sum:-4 counter_reset_hint:gauge buckets:[-2]}}");
    assertThat(histogram.dividedBy(2).toNotation()).isEqualTo("{{count:2 sum:4 buckets:[2]}}");
    assertThat(histogram.dividedBy(0).toNotation())
        .isEqualTo("{{count:+Inf sum:+Inf z_bucket:NaN}}");
  }

  @Test
  void atSchema_lower_addsNeighbours() {
    Histogram histogram = Histograms.of("{{schema:2 count:10 sum:8 offset:1 buckets:[1 2 3 4]}}");

    assertThat(histogram.atSchema(1).toNotation())
        .isEqualTo("{{schema:1 count:10 sum:8 offset:1 buckets:[3 7]}}");
    assertThat(histogram.atSchema(0).toNotation())
        .isEqualTo("{{count:10 sum:8 offset:1 buckets:[10]}}");
    assertThatThrownBy(() -> histogram.atSchema(3))
        .hasMessageContaining("schema 2 can't be converted to 3");
  }

  @Test
  void schema_unknown_isRefused() {
    assertThatThrownBy(
            () ->
                new Histogram(
                    ResetHint.UNKNOWN,
                    9,
                    0,
                    0,
                    0,
                    0,
                    Buckets.none(),
                    Buckets.none(),
                    new double[0]))
        .hasMessage("schema 9, expected -4 to 8, or -53 for custom buckets");
  }

  @Test
  void bounds_ofAllSchemas_areTheNearestDoubles() {
    assertThat(BucketBounds.exponential(8, 256)).isEqualTo(2);
    assertThat(BucketBounds.exponential(8, 128)).isEqualTo(Math.sqrt(2));
    assertThat(BucketBounds.exponential(1, -1)).isEqualTo(Math.sqrt(0.5));
    assertThat(BucketBounds.exponential(-4, 1)).isEqualTo(65_536);
    assertThat(BucketBounds.exponential(-4, 64)).isEqualTo(Double.MAX_VALUE);
    assertThat(BucketBounds.exponential(0, 1024)).isEqualTo(Double.MAX_VALUE);
    assertThat(BucketBounds.exponential(0, 1025)).isInfinite();
    assertThat(BucketBounds.exponential(0, -2_000)).isZero();
    for (int schema = Histogram.MIN_SCHEMA; schema <= Histogram.MAX_SCHEMA; schema++) {
      for (int index = -40; index < 40; index++) {
        double bound = BucketBounds.exponential(schema, index);
        double about = Math.pow(2, index / Math.pow(2, schema));
        assertThat(Math.abs(bound - about)).isLessThanOrEqualTo(Math.ulp(about));
        assertThat(bound).isGreaterThan(BucketBounds.exponential(schema, index - 1));
      }
    }
  }
}
