package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.NotifyResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Incidents are closed even if their end is muted.
class ClosingTest {
  private static final String CONFIG =
      """
      route:
        receiver: a
        group_by: [job]
        group_wait: 10s
        group_interval: 60s
        routes: [{receiver: b, continue: true}, {receiver: a}]
      receivers:
        - {name: a, webhook_configs: [{url: 'http://a'}]}
        - {name: b, webhook_configs: [{url: 'http://b'}]}
      inhibit_rules:
        - {source_matchers: [alertname="Source"], target_matchers: [alertname="T"]}
      """;

  @TempDir Path folder;
  private NotifierRig rig;

  @BeforeEach
  void start() throws Exception {
    rig =
        new NotifierRig(
            NotifierRig.config(
                folder, CONFIG, "receivers: [{name: a, close_what_we_opened: true}]"));
  }

  @Test
  void silencedThenResolved_onlyTheClosingReceiverIsNotified() {
    rig.fire("A");
    rig.advance(15);
    assertThat(rig.drain()).containsExactlyInAnyOrder("10.0 a firing A", "10.0 b firing A");
    rig.silence("alertname=\"A\"", Duration.ofHours(1));
    rig.advance(100);
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("130.0 a resolved -A");
  }

  @Test
  void inhibitedThenResolved_isClosed_andNotAgain() {
    rig.fire("T");
    rig.advance(15);
    rig.drain();
    rig.fire("Source");
    rig.advance(60);
    assertThat(rig.drain())
        .containsExactlyInAnyOrder("70.0 a firing Source", "70.0 b firing Source");
    rig.resolve("T");
    rig.advance(60);
    assertThat(rig.drain()).containsExactly("130.0 a firing -T,Source");
    rig.advance(600);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void neverSent_isNotClosed() {
    rig.silence("alertname=\"A\"", Duration.ofHours(1));
    rig.fire("A");
    rig.advance(100);
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void mutedAndStillFiring_keepsTheIncidentOpen_untilTheLastOneEnds() {
    rig.fire("A", "B");
    rig.advance(15);
    rig.drain();
    rig.silence("alertname=~\"A|B\"", Duration.ofHours(1));
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain()).isEmpty();
    rig.resolve("B");
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("370.0 a resolved -A,-B");
  }

  @Test
  void mutedAndStillFiring_endLater_isClosedAfterTheOthersWereSent() {
    rig.fire("A", "B");
    rig.advance(15);
    rig.drain();
    rig.silence("alertname=\"B\"", Duration.ofHours(1));
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain()).containsExactlyInAnyOrder("70.0 a resolved -A", "70.0 b resolved -A");
    rig.resolve("B");
    rig.advance(300);
    assertThat(rig.drain()).containsExactly("370.0 a resolved -B");
  }

  @Test
  void closingThatFails_isTriedAtTheNextInterval() {
    rig.fire("A");
    rig.advance(15);
    rig.drain();
    rig.silence("alertname=\"A\"", Duration.ofHours(1));
    rig.resolve("A");
    rig.answer("a", new NotifyResult.Rejected("400"));
    rig.advance(120);
    assertThat(rig.drain()).containsExactly("70.0 a resolved -A", "130.0 a resolved -A");
    rig.advance(600);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void restartWhileMuted_stillCloses() {
    rig.fire("A");
    rig.advance(15);
    rig.drain();
    rig.silence("alertname=\"A\"", Duration.ofDays(2));
    rig.resolve("A");
    rig.killAndStart(rig.dispatcher.config(), Duration.ofSeconds(5));
    rig.advance(120);
    assertThat(rig.drain()).hasSize(1).first().asString().endsWith("a resolved -A");
  }

  @Test
  void slowReceiver_closingWaitsBehindItsRetry() {
    rig.answer("a", new NotifyResult.Retryable("503", Optional.of(Duration.ofSeconds(20))));
    rig.fire("A");
    rig.advance(15);
    rig.silence("alertname=\"A\"", Duration.ofHours(1));
    rig.resolve("A");
    rig.advance(300);
    assertThat(rig.drain())
        .containsExactlyInAnyOrder(
            "10.0 a firing A", "10.0 b firing A", "30.0 a firing A", "70.0 a resolved -A");
  }
}
