package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The clock is set back while alerts fire, end, wait for delivery or are muted.
class ClockSetBackTest {
  private static final String CONFIG =
      """
      route: {receiver: a, group_by: ['...'], group_wait: 10s, group_interval: 60s, repeat_interval: 4h}
      receivers: [{name: a, webhook_configs: [{url: 'http://hook.example/'}]}]
      """;
  private static final Duration HOUR = Duration.ofHours(1);

  private final NotifierRig rig = new NotifierRig(CONFIG);

  @Test
  void alertThatHasEnded_isNotActiveAgain() {
    fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(30);
    rig.time.setBack(HOUR);
    rig.advance(6);
    assertThat(rig.dispatcher.alerts(_ -> true)).isEmpty();
    assertThat(rig.dispatcher.groups(_ -> true).getFirst().alerts()).isEmpty();
  }

  @Test
  void endThatIsNotToldYet_isToldInTime_andNothingIsToldAgain() {
    fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.time.setBack(HOUR);
    rig.advance(8000);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "70.0 a resolved -A");
  }

  @Test
  void endThatIsBeingTold_isNotFollowedByAFiring() {
    fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.answer("a", new NotifyResult.Retryable("busy", Optional.of(Duration.ofSeconds(55))));
    rig.advance(55);
    rig.time.setBack(HOUR);
    rig.advance(8000);
    assertThat(rig.drain())
        .containsExactly("10.0 a firing A", "70.0 a resolved -A", "125.0 a resolved -A");
  }

  @Test
  void alertThatEndedByItself_staysEnded() {
    rig.post("A", Labels.empty(), rig.time.instant(), rig.time.instant().plusSeconds(30));
    rig.advance(40);
    rig.time.setBack(HOUR);
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "70.0 a resolved -A");
    assertThat(rig.dispatcher.alerts(_ -> true)).isEmpty();
  }

  @Test
  void alertThatFires_doesNotEnd_untilItsEndIsPosted() {
    fire("A");
    rig.advance(20);
    rig.time.setBack(HOUR);
    rig.advance(600);
    fire("A");
    rig.advance(600);
    assertThat(rig.drain()).containsExactly("10.0 a firing A");
    rig.resolve("A");
    rig.advance(70);
    assertThat(rig.drain()).singleElement().asString().endsWith("a resolved -A");
  }

  @Test
  void firstPostAfterTheStep_isJudgedByTheNewTime() {
    rig.advance(20);
    rig.time.setBack(HOUR);
    Instant now = rig.time.instant();
    rig.post("A", Labels.empty(), now, now.plusSeconds(240));
    rig.advance(20);
    assertThat(rig.drain()).containsExactly("30.0 a firing A");
  }

  @Test
  void nextMessageOfAGroup_isNotDelayed() {
    fire("A");
    rig.advance(20);
    rig.drain();
    rig.time.setBack(HOUR);
    rig.resolve("A");
    rig.advance(60);
    assertThat(rig.drain()).containsExactly("70.0 a resolved -A");
  }

  @Test
  void deliveryThatIsRetried_keepsItsPaceAndItsDeadline() {
    rig.answer("a", busy());
    fire("A");
    rig.advance(12);
    rig.time.setBack(HOUR);
    rig.advance(50);
    assertThat(rig.drain()).hasSizeBetween(7, 20);
    assertThat(rig.patience).allMatch(time -> time.compareTo(Duration.ofSeconds(60)) <= 0);
  }

  @Test
  void fallback_isNotifiedInTime(@TempDir Path folder) throws IOException {
    var withFallback =
        new NotifierRig(
            NotifierRig.config(
                folder,
                """
                route: {receiver: a, group_by: ['...'], group_wait: 10s, group_interval: 5m}
                receivers:
                  - {name: a, webhook_configs: [{url: 'http://hook.example/'}]}
                  - {name: b, webhook_configs: [{url: 'http://hook.example/'}]}
                """,
                "receivers: [{name: a, fallback: b}]"));
    withFallback.answer("a", busy());
    withFallback.fire("A");
    withFallback.advance(12);
    withFallback.time.setBack(HOUR);
    withFallback.advance(120);
    assertThat(withFallback.drain()).anyMatch(message -> message.contains(" b firing A"));
  }

  private static NotifyResult[] busy() {
    return Collections.nCopies(500, new NotifyResult.Retryable("busy"))
        .toArray(NotifyResult[]::new);
  }

  @Test
  void repetition_isNotLate() {
    fire("A");
    rig.advance(20);
    rig.drain();
    rig.time.setBack(HOUR);
    for (int i = 0; i < 60; i++) {
      fire("A");
      rig.advance(300);
    }
    assertThat(rig.drain()).singleElement().asString().startsWith("144");
  }

  @Test
  void silenceThatHasEnded_doesNotMuteAgain() {
    var _ = rig.silence("alertname=A", Duration.ofMinutes(5));
    rig.advance(600);
    rig.time.setBack(Duration.ofMinutes(8));
    fire("A");
    rig.advance(20);
    assertThat(rig.drain()).containsExactly("610.0 a firing A");
  }

  @Test
  void silenceThatIsActive_staysActive_alsoAfterARestart() {
    rig.advance(3600);
    var _ = rig.silence("alertname=A", Duration.ofHours(5));
    rig.advance(60);
    rig.time.setBack(HOUR);
    fire("A");
    rig.advance(20);
    rig.killAndStart(CONFIG, Duration.ofSeconds(1));
    rig.advance(200);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void clockSetBackDuringARestart_leavesEndsAndMessagesAsTheyAre() {
    fire("A", "B");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(100);
    rig.drain();
    rig.kill();
    rig.time.setBack(HOUR);
    rig.killAndStart(CONFIG, Duration.ofSeconds(1));
    rig.advance(600);
    assertThat(rig.drain()).isEmpty();
    assertThat(rig.dispatcher.alerts(_ -> true))
        .extracting(it -> it.alert().name())
        .containsExactly("B");
  }

  private void fire(String... names) {
    rig.fire(names);
  }
}
