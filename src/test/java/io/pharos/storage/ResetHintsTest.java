package io.pharos.storage;

import static io.pharos.model.histogram.ResetHint.GAUGE;
import static io.pharos.model.histogram.ResetHint.NOT_RESET;
import static io.pharos.model.histogram.ResetHint.RESET;
import static io.pharos.model.histogram.ResetHint.UNKNOWN;
import static io.pharos.storage.TestHistograms.of;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResetHintsTest {
  private static Histogram with(
      int schema, double zeroThreshold, double zeroCount, Buckets positive, double... bounds) {
    return new Histogram(
        UNKNOWN, schema, zeroThreshold, zeroCount, 9, 9, positive, Buckets.none(), bounds);
  }

  private static Buckets buckets(List<BucketSpan> spans, double... counts) {
    return new Buckets(spans, counts);
  }

  @Test
  void first_keepsOnlyWhatTheWriterAloneKnows() {
    assertThat(ResetHints.first(of(UNKNOWN, 1))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.first(of(NOT_RESET, 1))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.first(of(RESET, 1))).isEqualTo(RESET);
    assertThat(ResetHints.first(of(GAUGE, 1))).isEqualTo(GAUGE);
  }

  @Test
  void after_grown_isNotReset() {
    assertThat(ResetHints.after(of(1, 2), of(1, 2))).isEqualTo(NOT_RESET);
    assertThat(ResetHints.after(of(1, 2), of(2, 2))).isEqualTo(NOT_RESET);
    assertThat(ResetHints.after(of(1, 2), of(1, 2, 5))).isEqualTo(NOT_RESET);
    assertThat(ResetHints.after(of(RESET, 1, 2), of(1, 3))).isEqualTo(NOT_RESET);
  }

  @Test
  void after_aCountThatFell_isUnknown() {
    assertThat(ResetHints.after(of(5, 2), of(4, 9))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(of(5, 2), of(NOT_RESET, 4, 9))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(of(5, 2), of(9))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(of(5, Double.NaN), of(5, 2))).isEqualTo(UNKNOWN);
    Buckets none = Buckets.none();
    assertThat(ResetHints.after(with(0, 0.1, 2, none), with(0, 0.1, 1, none))).isEqualTo(UNKNOWN);
  }

  @Test
  void after_otherBuckets_isUnknown() {
    Buckets one = buckets(List.of(new BucketSpan(0, 1)), 1);
    assertThat(ResetHints.after(with(1, 0, 0, one), with(0, 0, 0, one))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(with(1, 0, 0, one), with(1, 0.5, 0, one))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(with(-53, 0, 0, one, 1.5), with(-53, 0, 0, one, 2.5)))
        .isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(with(-53, 0, 0, one, 1.5), with(-53, 0, 0, one, 1.5)))
        .isEqualTo(NOT_RESET);
  }

  @Test
  void after_bucketsAtOtherPlacesOfTheLayout_comparesByIndex() {
    Buckets before = buckets(List.of(new BucketSpan(-2, 1), new BucketSpan(3, 2)), 1, 2, 0);
    Buckets more = buckets(List.of(new BucketSpan(-3, 0), new BucketSpan(0, 6)), 7, 1, 0, 0, 0, 2);
    Buckets less = buckets(List.of(new BucketSpan(-3, 6)), 7, 1, 0, 0, 0, 1);
    assertThat(ResetHints.after(with(0, 0, 0, before), with(0, 0, 0, more))).isEqualTo(NOT_RESET);
    assertThat(ResetHints.after(with(0, 0, 0, before), with(0, 0, 0, less))).isEqualTo(UNKNOWN);
  }

  @Test
  void after_gauge_isUnknownUnlessAGaugeAgain() {
    assertThat(ResetHints.after(of(GAUGE, 1), of(2))).isEqualTo(UNKNOWN);
    assertThat(ResetHints.after(of(GAUGE, 1), of(GAUGE, 2))).isEqualTo(GAUGE);
    assertThat(ResetHints.after(of(1), of(GAUGE, 2))).isEqualTo(GAUGE);
  }

  @Test
  void after_theWriterSaysReset_isReset() {
    assertThat(ResetHints.after(of(1), of(RESET, 2))).isEqualTo(RESET);
  }
}
