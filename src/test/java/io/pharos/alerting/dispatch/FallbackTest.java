package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The fallback is notified of what its receiver cannot deliver.
class FallbackTest {
  private static final String CONFIG =
      """
      route: {receiver: a, group_by: [job], group_wait: 10s, group_interval: 5m, repeat_interval: 4h}
      receivers:
        - {name: a, webhook_configs: [{url: 'http://a'}]}
        - {name: b, webhook_configs: [{url: 'http://b'}]}
      """;
  private static final NotifyResult BUSY = new NotifyResult.Retryable("503", Optional.empty());
  private static final NotifyResult BAD = new NotifyResult.Rejected("404");

  @TempDir Path folder;
  private NotifierRig rig;

  @BeforeEach
  void start() throws Exception {
    rig =
        new NotifierRig(NotifierRig.config(folder, CONFIG, "receivers: [{name: a, fallback: b}]"));
  }

  private void down(String receiver) {
    rig.answer(receiver, Collections.nCopies(1000, BUSY).toArray(NotifyResult[]::new));
  }

  private void well(String receiver) {
    rig.answers.remove(receiver);
  }

  private List<String> told(String receiver) {
    return rig.drain().stream().filter(text -> text.contains(" " + receiver + " ")).toList();
  }

  @Test
  void receiverWorks_fallbackIsNotNotified() {
    rig.fire("A");
    rig.advance(20);
    rig.resolve("A");
    rig.advance(900);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "310.0 a resolved -A");
  }

  @Test
  void receiverRejects_fallbackIsNotifiedAtOnce() {
    rig.answer("a", BAD);
    rig.fire("A");
    rig.advance(20);
    assertThat(rig.messages.getLast().notification().reason())
        .isEqualTo(Notification.Reason.FALLBACK);
    assertThat(rig.drain()).containsExactly("10.0 a firing A", "10.0 b firing A");
  }

  @Test
  void receiverStaysDown_fallbackIsNotifiedOnceAfterAMinute_andAttemptsContinue() {
    down("a");
    rig.fire("A");
    rig.advance(65);
    assertThat(told("b")).isEmpty();
    rig.advance(1000);
    assertThat(rig.messages).filteredOn(m -> m.receiver().equals("a")).isNotEmpty();
    assertThat(told("b"))
        .singleElement()
        .satisfies(text -> assertThat(Double.parseDouble(text.split(" ")[0])).isBetween(70., 135.));
    well("a");
    rig.advance(600);
    assertThat(rig.drain()).singleElement().asString().endsWith(" a firing A");
  }

  @Test
  void end_isSentToTheNotifiedFallback() {
    down("a");
    rig.fire("A");
    rig.advance(200);
    assertThat(told("b")).hasSize(1);
    well("a");
    rig.advance(300);
    rig.drain();
    rig.resolve("A");
    rig.advance(310);
    assertThat(rig.drain())
        .hasSize(2)
        .anySatisfy(text -> assertThat(text).endsWith(" a resolved -A"))
        .anySatisfy(text -> assertThat(text).endsWith(" b resolved -A"));
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  @Test
  void fallbackIsDownToo_itIsTriedAgain_andNotItsOwnFallback() {
    rig.answer("a", BAD);
    rig.answer("b", BUSY, BUSY);
    rig.fire("A");
    rig.advance(100);
    assertThat(told("b")).hasSize(3);
  }

  @Test
  void newAlerts_whileTheReceiverIsDown_goToTheFallback() {
    down("a");
    rig.fire("A");
    rig.advance(200);
    rig.drain();
    rig.fire("B");
    rig.advance(800);
    assertThat(told("b")).singleElement().asString().endsWith("firing A,B");
  }

  @Test
  void receiverDownOverARestart_fallbackIsNotifiedAfterwards() throws Exception {
    down("a");
    rig.fire("A");
    rig.advance(30);
    rig.killAndStart(
        NotifierRig.config(folder, CONFIG, "receivers: [{name: a, fallback: b}]"),
        Duration.ofSeconds(5));
    rig.advance(600);
    assertThat(told("b")).singleElement().asString().endsWith("firing A");
  }
}
