package io.pharos.alerting.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationDecision;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotifyValuesTest {
  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");

  private static FingerprintSet set(String numbers) {
    return numbers == null
        ? FingerprintSet.empty()
        : FingerprintSet.of(
            List.of(numbers.split("\\+")).stream()
                .map(n -> new Fingerprint(Long.parseLong(n)))
                .toList());
  }

  /// The decision table of deduplication, one condition after the other.
  @ParameterizedTest
  @CsvSource({
    // last firing, last resolved, seconds ago, firing, resolved, send_resolved; reason
    "-, , 0, 1, , true, FIRST_NOTIFICATION",
    "-, , 0, , 1, true,",
    "1, , 60, 1, , true,",
    "1, , 60, 1+2, , true, NEW_ALERTS",
    ", 1, 60, 1, , true, FIRST_NOTIFICATION",
    "1+2, , 60, 1, , true,",
    "1, , 60, , 1, true, ALL_RESOLVED",
    "1, , 60, , 1, false, ALL_RESOLVED",
    ", 1, 60, , 1, true,",
    ", 1, 60, , 1+2, true,",
    "1+2, , 60, 1, 2, true, SOME_RESOLVED",
    "1+2, , 60, 1, 2, false,",
    "1, 2, 60, 1, 2, true,",
    "1, 2, 60, 1, , true,",
    "1, , 3600, 1, , true,",
    "1, , 3601, 1, , true, REPEAT",
    ", 1, 9999, , 1, true,",
  })
  void reason_questionsInOrder(
      String lastFiring,
      String lastResolved,
      long ago,
      String firing,
      String resolved,
      boolean sendResolved,
      Notification.Reason expected) {
    Optional<NotificationLogEntry> last =
        "-".equals(lastFiring)
            ? Optional.empty()
            : Optional.of(
                new NotificationLogEntry(
                    new NotificationLogEntry.Key("g", new Integration.Id("r", "t", 0)),
                    set(lastFiring),
                    set(lastResolved),
                    NOW.minusSeconds(ago),
                    NOW.plusSeconds(9999)));
    assertThat(decision(set(firing), set(resolved), sendResolved).reason(last))
        .isEqualTo(Optional.ofNullable(expected));
  }

  private static NotificationDecision decision(
      FingerprintSet firing, FingerprintSet resolved, boolean sendResolved) {
    var context =
        new Pipeline.FlushContext(
            "g",
            Labels.empty(),
            "r",
            List.of(),
            List.of(),
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            NOW);
    return new NotificationDecision(
        new NotificationLogEntry.Key("g", new Integration.Id("r", "t", 0)),
        sendResolved,
        false,
        context,
        List.of(),
        List.of(),
        firing,
        resolved,
        FingerprintSet.empty(),
        "http://pharos",
        null);
  }

  @Test
  void fingerprintSet_textAndMembership() {
    FingerprintSet set = FingerprintSet.of(List.of(new Fingerprint(-1), new Fingerprint(7)));
    assertThat(FingerprintSet.parse(set.toString())).isEqualTo(set).hasSameHashCodeAs(set);
    assertThat(FingerprintSet.parse("").isEmpty()).isTrue();
    assertThat(set.contains(new Fingerprint(7))).isTrue();
    assertThat(set.contains(new Fingerprint(8))).isFalse();
    assertThat(set.containsAll(FingerprintSet.empty())).isTrue();
    assertThat(set.size()).isEqualTo(2);
  }

  @Test
  void backoff_growsToAMinuteAndSpreads() {
    var backoff = new Backoff(new Random(7));
    for (int failures = 1; failures < 30; failures++) {
      double mean = Math.min(60, 0.5 * Math.pow(1.5, failures - 1));
      assertThat(backoff.after(failures).toMillis() / 1000.0)
          .isBetween(mean * 0.499, Math.min(60, mean * 1.501));
    }
  }

  @Test
  void notifiedAlert_statusAndEndMustAgree() {
    assertThatThrownBy(
            () ->
                new NotifiedAlert(
                    Labels.empty(),
                    Labels.empty(),
                    NOW,
                    NOW,
                    NotifiedAlert.Status.FIRING,
                    new Fingerprint(1),
                    "",
                    false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Notification.common(List.of(), NotifiedAlert::labels)).isEqualTo(Labels.empty());
  }

  @Test
  void records_refuseWhatMakesNoSense() {
    assertThatThrownBy(() -> new LedgerEntry.Query("", "", "", 0))
        .hasMessageContaining("expected a limit from 1 to 1000, found 0");
    assertThatThrownBy(() -> new OutboxChange.Finished("d", Delivery.Status.PENDING, 1, NOW, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Notification.Reason.REPEAT.text()).isNotEmpty();
    assertThat(new Integration.Id("r", "slack", 1)).hasToString("r/slack[1]");
  }

  @Test
  void logEntry_isKeptTwiceTheRepeatIntervalButFiveDaysAtMost() {
    var key = new NotificationLogEntry.Key("g", new Integration.Id("r", "t", 0));
    var empty = FingerprintSet.empty();
    assertThat(NotificationLogEntry.at(key, empty, empty, NOW, Duration.ofHours(4)).expiresAt())
        .isEqualTo(NOW.plus(Duration.ofHours(8)));
    assertThat(NotificationLogEntry.at(key, empty, empty, NOW, Duration.ofDays(9)).expiresAt())
        .isEqualTo(NOW.plus(Duration.ofDays(5)));
  }

  @Test
  void executorTimers_runSurviveFailuresAndCancel() throws Exception {
    var ran = new CountDownLatch(2);
    var timers = new ExecutorTimers();
    timers
        .schedule(
            Duration.ofHours(1),
            () -> {
              throw new AssertionError("was cancelled");
            })
        .cancel();
    timers.schedule(
        Duration.ZERO,
        () -> {
          ran.countDown();
          throw new IllegalStateException("a task may fail");
        });
    timers.schedule(Duration.ofMillis(5), ran::countDown);
    assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    timers.close();
    timers.schedule(Duration.ZERO, () -> {}).cancel();
  }
}
