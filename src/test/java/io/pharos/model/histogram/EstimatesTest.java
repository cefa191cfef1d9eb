package io.pharos.model.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.pharos.model.histogram.Estimate.NanEffect;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class EstimatesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {{count:4 sum:8 offset:1 buckets:[2 2]}}         | 0    | 1
          {{count:4 sum:8 offset:1 buckets:[2 2]}}         | 0.25 | 1.414213562373095
          {{count:4 sum:8 offset:1 buckets:[2 2]}}         | 0.5  | 2
          {{count:4 sum:8 offset:1 buckets:[2 2]}}         | 0.75 | 2.82842712474619
          {{count:4 sum:8 offset:1 buckets:[2 2]}}         | 1    | 4
          {{count:4 sum:8 n_offset:1 n_buckets:[2 2]}}     | 0.25 | -2.82842712474619
          {{count:4 z_bucket:4 z_bucket_w:1}}              | 0.25 | -0.5
          {{count:8 z_bucket:4 z_bucket_w:1 offset:1 buckets:[4]}} | 0.25 | 0.5
          {{count:8 z_bucket:4 z_bucket_w:1 n_offset:1 n_buckets:[4]}} | 0.75 | -0.5
          {{schema:-53 count:4 custom_values:[4 8] buckets:[2 2]}} | 0.25 | 2
          {{schema:-53 count:4 custom_values:[-4 8] buckets:[2 2]}} | 0.25 | -4
          {{schema:-53 count:4 custom_values:[4 8] buckets:[2 0 2]}} | 0.9 | 8
          {{count:4 buckets:[2 2]}}                        | -1   | -Infinity
          {{count:4 buckets:[2 2]}}                        | 2    | Infinity
          {{}}                                             | 0.5  | NaN
          {{count:4 buckets:[2]}}                          | 1    | 1
          """)
  void quantile_isReadOffTheBuckets(String histogram, double q, double expected) {
    Estimate estimate = Estimates.quantile(q, Histograms.of(histogram));

    assertThat(estimate.nans()).isEqualTo(NanEffect.NONE);
    if (Double.isFinite(expected)) {
      assertThat(estimate.value()).isCloseTo(expected, offset(1e-12));
    } else {
      assertThat(Double.compare(estimate.value(), expected)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {{count:4 offset:1 buckets:[2 2]}}               | 1    | 2   | 0.5
          {{count:4 offset:1 buckets:[2 2]}}               | 1.414213562373095 | 2 | 0.25
          {{count:4 offset:1 buckets:[2 2]}}               | 5    | 9   | 0
          {{count:4 n_offset:1 n_buckets:[2 2]}}           | -2   | -1  | 0.5
          {{count:4 z_bucket:4 z_bucket_w:1}}              | 0    | 1   | 0.5
          {{count:8 z_bucket:4 z_bucket_w:1 offset:1 buckets:[4]}} | -1 | 0.5 | 0.25
          {{schema:-53 count:4 custom_values:[4 8] buckets:[2 2]}} | 2 | 6 | 0.5
          {{schema:-53 count:4 custom_values:[-4 8] buckets:[2 2]}} | -5 | 8 | 0.5
          {{schema:-53 count:4 custom_values:[4 8] buckets:[2 0 2]}} | 4 | 1000 | 0
          {{schema:-53 count:4 custom_values:[4 8] buckets:[2 0 2]}} | 4 | Infinity | 0.5
          {{count:4 buckets:[4]}}                          | 2    | 1   | 0
          {{count:4 buckets:[4]}}                          | NaN  | 1   | NaN
          {{}}                                             | 0    | 1   | NaN
          """)
  void fraction_isReadOffTheBuckets(String histogram, double lower, double upper, double expected) {
    double fraction = Estimates.fraction(lower, upper, Histograms.of(histogram)).value();

    if (Double.isNaN(expected)) {
      assertThat(fraction).isNaN();
    } else {
      assertThat(fraction).isCloseTo(expected, offset(1e-12));
    }
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void fraction_belowTheQuantile_isItsRank(Random random) {
    Histogram histogram = Histograms.exponential(random);
    double q = random.nextDouble();

    double quantile = Estimates.quantile(q, histogram).value();

    assertThat(Estimates.fraction(Double.NEGATIVE_INFINITY, quantile, histogram).value())
        .isCloseTo(q, offset(1e-9));
  }

  @Test
  void nans_observed_skewOrReplaceTheAnswer() {
    Histogram histogram = Histograms.of("{{count:10 sum:NaN offset:1 buckets:[8]}}");

    assertThat(Estimates.quantile(0.4, histogram).nans()).isEqualTo(NanEffect.SKEWED_HIGHER);
    assertThat(Estimates.quantile(0.9, histogram).nans()).isEqualTo(NanEffect.RESULT_IS_NAN);
    assertThat(Estimates.quantile(0.9, histogram).value()).isNaN();
    assertThat(Estimates.fraction(1, 2, histogram))
        .isEqualTo(new Estimate(0.8, NanEffect.EXCLUDED));
    Histogram infinities = Histograms.of("{{count:8 sum:NaN offset:1 buckets:[8]}}");
    assertThat(Estimates.quantile(0.4, infinities).nans()).isEqualTo(NanEffect.NONE);
  }

  @Test
  void variance_ofMiddles_isThatOfTheObservations() {
    // 0.5 and 3, twice each.
    Histogram custom =
        Histograms.of("{{schema:-53 count:4 sum:7 custom_values:[0 1 5] buckets:[0 2 2]}}");
    assertThat(Estimates.variance(custom)).isCloseTo(1.5625, offset(1e-12));
    assertThat(Estimates.variance(Histograms.of("{{count:4 z_bucket:4 z_bucket_w:1}}"))).isZero();
  }
}
