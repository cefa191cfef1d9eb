package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A storm is combined into one message once the rate limit is reached.
class RateLimitTest {
  private static final String CONFIG =
      """
      route:
        receiver: a
        group_by: [alertname]
        group_wait: 10s
        group_interval: 60s
        repeat_interval: 4h
        routes: [{receiver: b, continue: true}, {receiver: a}]
      receivers:
        - {name: a, webhook_configs: [{url: 'http://a'}]}
        - {name: b, webhook_configs: [{url: 'http://b'}]}
      """;
  private static final String LIMIT =
      "receivers: [{name: a, rate_limits: {messages: 2, per: 30s}}]";
  private static final NotifyResult BUSY = new NotifyResult.Retryable("503", Optional.empty());

  @TempDir Path folder;
  private NotifierRig rig;

  @BeforeEach
  void start() throws Exception {
    rig = new NotifierRig(NotifierRig.config(folder, CONFIG, LIMIT));
  }

  private List<String> told(String receiver) {
    return rig.drain().stream().filter(text -> text.contains(" " + receiver + " ")).toList();
  }

  @Test
  void withinTheLimit_eachGroupHasItsMessage() {
    rig.fire("A", "B");
    rig.advance(100);
    assertThat(told("a")).containsExactly("10.0 a firing A", "10.0 a firing B");
  }

  @Test
  void aboveTheLimit_theRestComesInOneMessage_andEveryGroupIsOnRecord() {
    rig.fire("A", "B", "C", "D", "E");
    rig.advance(100);
    var together = rig.messages.getLast().notification();
    assertThat(together.reason()).isEqualTo(Notification.Reason.STORM);
    assertThat(together.groupLabels().isEmpty()).isTrue();
    assertThat(told("a"))
        .containsExactly("10.0 a firing A", "10.0 a firing B", "40.0 a firing C,D,E");
    assertThat(rig.outboxStore.ends())
        .filteredOn(end -> end.equals("SENT: ok (in one message with 2 more)"))
        .hasSize(3);
    assertThat(rig.outbox.pending()).isZero();
    assertThat(rig.registry.get("pharos_notifications_summarized").counter().count()).isEqualTo(3);
  }

  @Test
  void otherReceivers_areNotHeldBack() {
    rig.fire("A", "B", "C", "D");
    rig.advance(12);
    assertThat(told("b")).hasSize(4);
  }

  @Test
  void groupRobot_hasTheLimitOfItsService() throws Exception {
    rig =
        new NotifierRig(
            NotifierRig.config(
                folder,
                CONFIG,
                "receivers: [{name: b, dingtalk_configs: [{webhook_url: 'http://d'}]}]"));
    for (int i = 0; i < 25; i++) {
      rig.fire("A" + i);
    }
    rig.advance(100);
    assertThat(rig.messages)
        .filteredOn(message -> message.notification().integration().equals("dingtalk"))
        .hasSize(21)
        .last()
        .satisfies(message -> assertThat(message.notification().alerts()).hasSize(5));
  }

  @Test
  void onlyOneIsHeldBack_itComesAsItself() {
    rig.fire("A", "B", "C");
    rig.advance(100);
    assertThat(rig.messages.getLast().notification().reason())
        .isEqualTo(Notification.Reason.FIRST_NOTIFICATION);
    assertThat(told("a")).last().isEqualTo("40.0 a firing C");
  }

  @Test
  void messageOfSeveralFails_allAreTriedAgain_andNoneIsLost() {
    rig.fire("A", "B", "C", "D");
    rig.advance(12);
    assertThat(told("a")).hasSize(2);
    rig.answer("a", BUSY);
    rig.advance(100);
    assertThat(told("a")).startsWith("40.0 a firing C,D").hasSizeGreaterThan(1);
    assertThat(rig.outboxStore.ends()).hasSize(8).allMatch(end -> end.startsWith("SENT: ok"));
    assertThat(rig.outbox.pending()).isZero();
  }

  @Test
  void limitLongerThanTheDeadline_isStillSent() throws Exception {
    rig =
        new NotifierRig(
            NotifierRig.config(
                folder, CONFIG, "receivers: [{name: a, rate_limits: {messages: 1, per: 10m}}]"));
    rig.fire("A", "B", "C");
    rig.advance(900);
    assertThat(told("a")).containsExactly("10.0 a firing A", "610.0 a firing B,C");
  }

  @Test
  void killedWhileHeldBack_isSentAfterTheStart() throws Exception {
    rig.fire("A", "B", "C", "D");
    rig.advance(20);
    assertThat(told("a")).hasSize(2);
    rig.killAndStart(NotifierRig.config(folder, CONFIG, LIMIT), Duration.ofSeconds(1));
    rig.advance(60);
    assertThat(told("a")).containsExactlyInAnyOrder("21.0 a firing C", "21.0 a firing D");
    assertThat(rig.outbox.pending()).isZero();
  }

  @Test
  void limitRemoved_releasesWaitingDeliveries() {
    rig.fire("A", "B", "C", "D");
    rig.advance(20);
    assertThat(told("a")).hasSize(2);
    rig.reload(CONFIG);
    rig.advance(1);
    assertThat(told("a")).containsExactlyInAnyOrder("20.0 a firing C", "20.0 a firing D");
  }
}
