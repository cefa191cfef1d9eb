package io.pharos.model.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TrimmingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {{count:4 sum:9 offset:1 buckets:[2 2]}} | 9   | {{count:4 sum:9 offset:1 buckets:[2 2]}} | {{}}
          {{count:4 sum:9 offset:2 buckets:[2 2]}} | 2   | {{}} | {{count:4 sum:9 offset:2 buckets:[2 2]}}
          {{count:4 sum:9 n_offset:2 n_buckets:[2 2]}} | -2 | {{count:4 sum:9 n_offset:2 n_buckets:[2 2]}} | {{}}
          {{count:4 sum:0 z_bucket:4 z_bucket_w:1}} | 0 | {{count:2 sum:-1 z_bucket:2 z_bucket_w:1}} | {{count:2 sum:1 z_bucket:2 z_bucket_w:1}}
          {{count:5 sum:9 z_bucket:4 buckets:[1]}} | 0 | {{}} | {{count:5 sum:9 z_bucket:4 buckets:[1]}}
          {{count:5 sum:-9 z_bucket:4 n_buckets:[1]}} | 0 | {{count:1 sum:-0.7071067811865476 n_buckets:[1]}} | {{count:4 z_bucket:4}}
          {{schema:-53 count:8 sum:9 custom_values:[2 6] buckets:[4 4]}} | 4 | {{schema:-53 count:6 sum:10 custom_values:[2 6] buckets:[4 2]}} | {{schema:-53 count:2 sum:10 custom_values:[2 6] offset:1 buckets:[2]}}
          {{schema:-53 count:8 sum:9 custom_values:[2 6] buckets:[4 4]}} | 1 | {{schema:-53 count:2 sum:1 custom_values:[2 6] buckets:[2]}} | {{schema:-53 count:6 sum:19 custom_values:[2 6] buckets:[2 4]}}
          {{schema:-53 count:8 sum:9 custom_values:[2 6] buckets:[4 0 4]}} | 9 | {{schema:-53 count:4 sum:4 custom_values:[2 6] buckets:[4]}} | {{schema:-53 count:4 sum:36 custom_values:[2 6] offset:2 buckets:[4]}}
          {{schema:-53 count:4 sum:9 custom_values:[-2 6] buckets:[4]}} | -3 | {{schema:-53 count:4 sum:9 custom_values:[-2 6] buckets:[4]}} | {{schema:-53 custom_values:[-2 6]}}
          """)
  void trim_keepsOneSide(String histogram, double value, String below, String above) {
    Histogram whole = Histograms.of(histogram);

    assertThat(Histograms.text(whole.trimmed(Histogram.Trim.KEEP_BELOW, value))).isEqualTo(below);
    assertThat(Histograms.text(whole.trimmed(Histogram.Trim.KEEP_ABOVE, value))).isEqualTo(above);
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void trims_ofBothSides_partTheObservations(Random random) {
    Histogram whole = Histograms.exponential(random);
    double value = random.nextDouble(-20, 20);

    Histogram below = whole.trimmed(Histogram.Trim.KEEP_BELOW, value);
    Histogram above = whole.trimmed(Histogram.Trim.KEEP_ABOVE, value);

    assertThat(below.count() + above.count()).isCloseTo(whole.count(), offset(1e-9));
    assertThat(below.count() / whole.count())
        .isCloseTo(
            Estimates.fraction(Double.NEGATIVE_INFINITY, value, whole).value(), offset(1e-9));
  }
}
