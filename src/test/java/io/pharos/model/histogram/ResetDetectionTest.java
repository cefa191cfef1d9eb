package io.pharos.model.histogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResetDetectionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {{count:3 buckets:[1 2]}} | {{count:3 buckets:[1 2]}} | false
          {{count:3 buckets:[1 2]}} | {{count:5 buckets:[2 3]}} | false
          {{count:3 sum:9 buckets:[1 2]}} | {{count:4 sum:2 buckets:[2 2]}} | false
          {{count:3 buckets:[1 2]}} | {{count:2 buckets:[1 1]}} | true
          {{count:3 buckets:[1 2]}} | {{count:3 buckets:[2 1]}} | true
          {{count:3 buckets:[1 2]}} | {{count:9 buckets:[9]}} | true
          {{count:3 buckets:[1 0 2]}} | {{count:9 buckets:[1] offset:0}} | true
          {{count:1 buckets:[1 0]}} | {{count:9 buckets:[9]}} | false
          {{count:1 buckets:[1]}} | {{count:9 buckets:[8 1] offset:-1}} | false
          {{count:1 n_buckets:[1]}} | {{count:9 buckets:[9]}} | true
          {{count:3 z_bucket:3 z_bucket_w:0.1}} | {{count:4 z_bucket:2 z_bucket_w:0.1 buckets:[2]}} | true
          {{count:3 buckets:[3]}} | {{count:9 buckets:[9] counter_reset_hint:reset}} | true
          {{count:3 buckets:[3]}} | {{count:1 buckets:[1] counter_reset_hint:not_reset}} | false
          {{count:3 buckets:[3]}} | {{count:1 buckets:[1] counter_reset_hint:gauge}} | true
          {{schema:1 count:3 offset:1 buckets:[1 2]}} | {{schema:0 count:3 offset:1 buckets:[3]}} | false
          {{schema:1 count:3 offset:1 buckets:[1 2]}} | {{schema:0 count:9 offset:1 buckets:[2 7]}} | true
          {{schema:0 count:3 buckets:[3]}} | {{schema:1 count:9 buckets:[9]}} | true
          {{count:3 z_bucket:1 z_bucket_w:0.5 buckets:[2]}} | {{count:9 z_bucket:9 z_bucket_w:0.1}} | true
          {{count:3 z_bucket:1 z_bucket_w:0.5 buckets:[2]}} | {{count:9 z_bucket:9 z_bucket_w:1}} | false
          {{count:3 z_bucket:1 z_bucket_w:0.5 buckets:[2]}} | {{count:9 z_bucket:2 z_bucket_w:1 buckets:[0 7]}} | true
          {{count:3 z_bucket:1 z_bucket_w:0.5 buckets:[2]}} | {{count:9 z_bucket:9 z_bucket_w:0.75}} | true
          {{schema:-53 count:3 custom_values:[1 2] buckets:[1 2]}} | {{schema:-53 count:3 custom_values:[1 2] buckets:[2 1]}} | true
          {{schema:-53 count:3 custom_values:[1 2] buckets:[1 2]}} | {{schema:-53 count:3 custom_values:[2 4] buckets:[3]}} | false
          {{schema:-53 count:3 custom_values:[1 2] buckets:[1 2]}} | {{schema:-53 count:3 custom_values:[2 4] buckets:[2 1]}} | true
          {{schema:-53 count:3 custom_values:[1 2] buckets:[1 2]}} | {{count:9 buckets:[9]}} | true
          {{count:3 buckets:[3]}} | {{schema:-53 count:9 custom_values:[1 2] buckets:[1 8]}} | true
          """)
  void reset_isFoundByCountsThatFall(String previous, String current, boolean reset) {
    assertThat(Histograms.of(current).isResetSince(Histograms.of(previous))).isEqualTo(reset);
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void growth_ofAnyKind_isNoReset(Random random) {
    boolean custom = random.nextBoolean();
    Histogram before = custom ? Histograms.custom(random) : Histograms.exponential(random);
    Histogram more = custom ? Histograms.custom(random) : Histograms.exponential(random);
    var sum = new HistogramSum(before);
    sum.add(more);

    assertThat(sum.value().isResetSince(before)).isFalse();
    assertThat(before.isResetSince(sum.value())).isTrue();
  }
}
