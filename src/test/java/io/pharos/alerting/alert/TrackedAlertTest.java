package io.pharos.alerting.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrackedAlertTest {
  private static final Instant T0 = Instant.parse("2026-03-02T10:00:00Z");
  private static final Labels LABELS = Labels.of("alertname", "A");

  private static TrackedAlert alert(long start, long end, long updated, boolean timeout) {
    return new TrackedAlert(
        LABELS,
        Fingerprint.of(LABELS),
        Labels.of("updated", Long.toString(updated)),
        T0.plusSeconds(start),
        T0.plusSeconds(end),
        T0.plusSeconds(updated),
        timeout,
        "");
  }

  private static TrackedAlert alert(Labels labels) {
    return new TrackedAlert(
        labels, Fingerprint.of(labels), Labels.empty(), T0, T0.plusSeconds(60), T0, true, "");
  }

  @Test
  void order_isAlertmanagers() {
    List<Labels> sorted =
        List.of(
            Labels.of("alertname", "D", "instance", "1", "job", "a"),
            Labels.of("alertname", "D", "instance", "2", "job", "a"),
            Labels.of("alertname", "F", "job", "a"),
            Labels.of("alertname", "C", "instance", "1", "job", "b"),
            Labels.of("alertname", "G", "instance", "0", "x", "1", "y", "2"),
            Labels.of("alertname", "E", "instance", "9"),
            Labels.of("alertname", "Z"),
            Labels.of("alertname", "A", "zz", "1"),
            Labels.of("aa", "1", "alertname", "B"),
            Labels.of("aa", "2", "alertname", "A"),
            Labels.of("alertname", "Q", "b", "1", "d", "1"),
            Labels.of("alertname", "Q", "b", "1", "c", "1"),
            Labels.of("a", "1", "alertname", "Q", "c", "2"));
    assertThat(
            sorted.reversed().stream()
                .map(TrackedAlertTest::alert)
                .sorted(TrackedAlert.ORDER)
                .map(TrackedAlert::labels))
        .containsExactlyElementsOf(sorted);
  }

  /// Times in seconds. The process was last alive at 100; a post gives 240 s, at most 300.
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # end, now, extended end
          330,   400, 640
          # It has not expired, but its sender had no time to renew it.
          330,   320, 560
          # It had ended before.
          100,   400, 100
          # A later end stays.
          5000,  400, 5000
          """)
  void alertThatCouldNotBeRenewed_isExtended(long end, long now, long extended) {
    TrackedAlert alert = alert(0, end, end - 240, true);
    assertThat(
            alert
                .extended(T0.plusSeconds(100), T0.plusSeconds(now), Duration.ofSeconds(300))
                .endsAt())
        .isEqualTo(T0.plusSeconds(extended));
  }

  /// Times in seconds; `now` is 0.
  @ParameterizedTest
  @CsvSource({
    // old start, end, timeout; new start, end; merged start, end
    "-600, 600, false, -1200, 300, -1200, 600", // earliest start, the later explicit end
    "-600, 600, true, -1200, 300, -1200, 300", // an end by timeout gives way
    "-600, 600, false, -300, 1800, -600, 1800", // a later end of the new one
    "-600, 600, false, -300, -1, -600, -1", // resolved: the new end counts
    "-600, -10, false, -300, -20, -600, -10", // both resolved: the later end
    "-600, -300, false, -100, 600, -100, 600", // no overlap: a new episode
    "-600, -300, false, -300, 600, -300, 600", // touching is no overlap
  })
  void succeededBy_overlaps_merge(
      long oldStart,
      long oldEnd,
      boolean timeout,
      long newStart,
      long newEnd,
      long start,
      long end) {
    TrackedAlert merged =
        alert(oldStart, oldEnd, -50, timeout).succeededBy(alert(newStart, newEnd, 0, false), T0);
    assertThat(merged.startsAt()).isEqualTo(T0.plusSeconds(start));
    assertThat(merged.endsAt()).isEqualTo(T0.plusSeconds(end));
    assertThat(merged.annotations().get("updated")).isEqualTo("0");
  }

  @Test
  void succeededBy_olderPost_keepsTheYoungersTexts() {
    TrackedAlert merged = alert(-600, 600, 5, false).succeededBy(alert(-300, 300, 0, false), T0);
    assertThat(merged.annotations().get("updated")).isEqualTo("5");
  }

  @Test
  void isResolved_atTheVeryEnd_isTrue() {
    TrackedAlert alert = alert(-10, 0, -10, false);
    assertThat(alert.isResolved(T0)).isTrue();
    assertThat(alert.isResolved(T0.minusNanos(1))).isFalse();
    assertThat(alert.name()).isEqualTo("A");
  }
}
