package io.pharos.model.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HistogramSumTest {
  private static Histogram plus(Histogram one, Histogram other) {
    var sum = new HistogramSum(one);
    sum.add(other);
    return sum.value();
  }

  private static Histogram minus(Histogram one, Histogram other) {
    var sum = new HistogramSum(one);
    sum.subtract(other);
    return sum.value();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {{count:3 sum:4 buckets:[1 2]}} | {{count:1 sum:2 buckets:[1]}} | {{count:4 sum:6 buckets:[2 2]}}
          {{count:1 buckets:[1] offset:-3}} | {{count:1 buckets:[1] offset:3}} | {{count:2 offset:-3 buckets:[1 0 0 0 0 0 1]}}
          {{count:1 n_buckets:[1]}} | {{count:2 n_buckets:[2] buckets:[0]}} | {{count:3 n_buckets:[3]}}
          {{schema:1 count:6 offset:1 buckets:[1 2 3]}} | {{schema:0 count:4 offset:1 buckets:[4]}} | {{count:10 offset:1 buckets:[7 3]}}
          {{schema:-1 count:1 offset:1 buckets:[1]}} | {{schema:1 count:2 offset:2 buckets:[2]}} | {{schema:-1 count:3 offset:1 buckets:[3]}}
          {{count:3 z_bucket:1 z_bucket_w:0.001 buckets:[2]}} | {{count:3 z_bucket:1 z_bucket_w:0.1 buckets:[2]}} | {{count:6 z_bucket:2 z_bucket_w:0.1 buckets:[4]}}
          {{count:3 buckets:[1 2]}} | {{count:1 z_bucket:1 z_bucket_w:1}} | {{count:4 z_bucket:2 z_bucket_w:1 offset:1 buckets:[2]}}
          {{count:5 buckets:[2] n_buckets:[3]}} | {{count:1 z_bucket:1 z_bucket_w:0.75}} | {{count:6 z_bucket:6 z_bucket_w:1}}
          {{count:3 n_buckets:[0 3]}} | {{count:1 z_bucket:1 z_bucket_w:0.75 buckets:[0]}} | {{count:4 z_bucket:1 z_bucket_w:0.75 n_offset:1 n_buckets:[3]}}
          {{schema:-53 count:3 custom_values:[1 2] buckets:[1 2]}} | {{schema:-53 count:2 custom_values:[1 2] buckets:[0 1 1]}} | {{schema:-53 count:5 custom_values:[1 2] buckets:[1 3 1]}}
          {{schema:-53 count:6 custom_values:[1 2 3] buckets:[1 2 3]}} | {{schema:-53 count:3 custom_values:[2 4] buckets:[1 1 1]}} | {{schema:-53 count:9 custom_values:[2] buckets:[4 5]}}
          {{schema:-53 count:1 custom_values:[1] buckets:[1]}} | {{schema:-53 count:2 custom_values:[2] buckets:[2]}} | {{schema:-53 count:3 custom_values:[] buckets:[3]}}
          """)
  void add_isDoneBucketByBucket(String one, String other, String sum) {
    assertThat(Histograms.text(plus(Histograms.of(one), Histograms.of(other)))).isEqualTo(sum);
    assertThat(Histograms.text(plus(Histograms.of(other), Histograms.of(one)))).isEqualTo(sum);
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void subtract_whatWasAdded_leavesTheFirstAtTheirCommonResolution(Random random) {
    boolean custom = random.nextBoolean();
    Histogram one = custom ? Histograms.custom(random) : Histograms.exponential(random);
    Histogram other = custom ? Histograms.custom(random) : Histograms.exponential(random);

    Histogram left = minus(plus(one, other), other);

    assertThat(Histograms.text(left)).isEqualTo(Histograms.text(plus(one, other.times(0))));
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void atSchema_beforeOrAfterAdding_givesTheSame(Random random) {
    Histogram one = Histograms.exponential(random);
    Histogram other = Histograms.exponential(random);
    int lower = Math.min(one.schema(), other.schema()) - 1;

    Histogram after = plus(one, other).atSchema(lower);
    Histogram before = plus(one.atSchema(lower), other.atSchema(lower));

    assertThat(Histograms.text(after)).isEqualTo(Histograms.text(before));
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void add_inAnyOrder_givesTheSame(Random random) {
    boolean custom = random.nextBoolean();
    var terms = new ArrayList<Histogram>();
    for (int i = 0; i < 6; i++) {
      Histogram term = custom ? Histograms.custom(random) : Histograms.exponential(random);
      terms.add(term.times(Math.scalb(1.0, random.nextInt(-60, 60))));
    }
    Histogram sum = sum(terms);
    Collections.shuffle(terms, random);

    Histogram again = sum(terms);

    assertThat(again.count()).isEqualTo(sum.count());
    assertThat(again.positive().spans()).isEqualTo(sum.positive().spans());
    for (int i = 0; i < sum.positive().size(); i++) {
      double count = sum.positive().count(i);
      assertThat(Math.abs(again.positive().count(i) - count)).isLessThanOrEqualTo(Math.ulp(count));
    }
  }

  private static Histogram sum(Iterable<Histogram> terms) {
    HistogramSum sum = null;
    for (Histogram term : terms) {
      if (sum == null) {
        sum = new HistogramSum(term);
      } else {
        sum.add(term);
      }
    }
    return sum.value().compacted();
  }

  @Test
  void add_largeAndSmallTerms_keepsTheSmallOnes() {
    var sum = new HistogramSum(Histograms.of("{{count:1 sum:1 buckets:[1]}}"));
    sum.add(Histograms.of("{{count:1e100 sum:1e100 buckets:[1e100]}}"));
    sum.add(Histograms.of("{{count:1 sum:1 buckets:[1]}}"));
    sum.subtract(Histograms.of("{{count:1e100 sum:1e100 buckets:[1e100]}}"));

    assertThat(sum.value().toNotation()).isEqualTo("{{count:2 sum:2 buckets:[2]}}");
  }

  @ParameterizedTest
  @CsvSource({
    "unknown,unknown,UNKNOWN,false",
    "not_reset,not_reset,NOT_RESET,false",
    "not_reset,unknown,UNKNOWN,false",
    "reset,unknown,UNKNOWN,false",
    "reset,reset,RESET,false",
    "reset,not_reset,UNKNOWN,true",
    "gauge,not_reset,GAUGE,false",
    "unknown,gauge,GAUGE,false"
  })
  void add_differentHints_keepsWhatTheyShare(
      String one, String other, ResetHint hint, boolean collide) {
    for (String[] pair : new String[][] {{one, other}, {other, one}}) {
      var sum = new HistogramSum(Histograms.of("{{counter_reset_hint:" + pair[0] + "}}"));
      sum.add(Histograms.of("{{counter_reset_hint:" + pair[1] + "}}"));
      assertThat(sum.value().hint()).isEqualTo(hint);
      assertThat(sum.resetsCollide()).isEqualTo(collide);
    }
  }

  @Test
  void add_otherKindOfBuckets_isRefused() {
    var sum = new HistogramSum(Histograms.of("{{schema:3}}"));
    Histogram custom = Histograms.of("{{schema:-53}}");

    assertThat(sum.accepts(custom)).isFalse();
    assertThatThrownBy(() -> sum.add(custom)).hasMessageEndingWith("schemas 3 and -53");
  }

  @Test
  void add_otherBounds_isNoted() {
    var sum = new HistogramSum(Histograms.of("{{schema:-53 custom_values:[1 2]}}"));
    sum.add(Histograms.of("{{schema:-53 custom_values:[1 2]}}"));
    assertThat(sum.boundsReconciled()).isFalse();
    assertThat(sum.hasBoundsOf(Histograms.of("{{schema:-53 custom_values:[2]}}"))).isFalse();
    sum.add(Histograms.of("{{schema:-53 custom_values:[2]}}"));
    assertThat(sum.boundsReconciled()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("io.pharos.model.histogram.Histograms#chances")
  void mean_isSumOverCount(Random random) {
    Histogram first = Histograms.exponential(random);
    var sum = new HistogramSum(first);
    var mean = new HistogramMean(first);
    for (int i = 1; i < 8; i++) {
      Histogram next = Histograms.exponential(random);
      sum.add(next);
      mean.add(next);
    }

    assertThat(Histograms.text(mean.value())).isEqualTo(Histograms.text(sum.value().dividedBy(8)));
  }

  @Test
  void mean_ofSumsThatOverflow_isStillANumber() {
    Histogram large = Histograms.of("{{count:1.5e308 sum:1e308 buckets:[1e308]}}");
    var mean = new HistogramMean(large);
    mean.add(large);
    mean.add(large);

    Histogram value = mean.value();

    assertThat(value.count() / 1.5e308).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(value.positive().count(0) / 1e308)
        .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-12));
  }
}
