package io.pharos.alerting.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.outbox.OutboxChange;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A missing secret file is a state, not a failure, and loses no page.
class UnconfiguredTest {
  private static final String CONFIG =
      """
      route: {receiver: a, group_by: [job], group_wait: 10s, group_interval: 5m, repeat_interval: 4h}
      receivers:
        - {name: a, webhook_configs: [{url: 'http://a'}]}
        - {name: b, webhook_configs: [{url: 'http://b'}]}
      """;
  private static final String WHAT = "the secret file /run/secrets/a does not exist";

  @TempDir Path folder;
  private NotifierRig rig;

  @BeforeEach
  void start() {
    rig = new NotifierRig(CONFIG);
    rig.missing.put("a", WHAT);
  }

  /// The failed attempts in the ledger.
  private long attempts() {
    return rig.outboxStore.history().stream()
        .filter(OutboxChange.AttemptFailed.class::isInstance)
        .count();
  }

  private double failed() {
    return rig.registry.find("alertmanager_notifications_failed").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private double unconfigured() {
    return rig.registry.get("pharos_integration_unconfigured").tag("receiver", "a").gauge().value();
  }

  @Test
  void secretIsMissing_ledgerSaysSoOnce_andNothingCountsAsFailed() {
    rig.fire("A");
    rig.advance(3000);
    assertThat(rig.drain()).isEmpty();
    assertThat(rig.outboxStore.ends()).containsExactly("FAILED: not sent: " + WHAT);
    assertThat(attempts()).isEqualTo(1);
    assertThat(failed()).isZero();
    assertThat(rig.registry.get("alertmanager_notification_requests").counters())
        .allSatisfy(counter -> assertThat(counter.count()).isZero());
    assertThat(rig.registry.get("pharos_notifications_not_configured").counter().count())
        .isEqualTo(1);
    assertThat(unconfigured()).isEqualTo(1);
    assertThat(rig.outbox.pending()).isZero();
  }

  @Test
  void secretAppearsWithinTheRetryTime_pageGoesOutWithinSeconds() {
    rig.fire("A");
    rig.advance(60);
    rig.missing.clear();
    rig.advance(3);
    assertThat(rig.drain()).singleElement().asString().endsWith(" a firing A");
    assertThat(unconfigured()).isZero();
  }

  @Test
  void secretAppearsLater_firingAlertsAreSentAtTheNextInterval() {
    rig.fire("A");
    rig.advance(2000);
    rig.missing.clear();
    rig.advance(301);
    assertThat(rig.drain()).singleElement().asString().endsWith(" a firing A");
    rig.advance(1000);
    assertThat(rig.drain()).isEmpty();
  }

  @Test
  void alertEndsBeforeTheSecretAppears_itsEndIsNotSent() {
    rig.fire("A");
    rig.advance(1000);
    rig.resolve("A");
    rig.advance(1000);
    rig.missing.clear();
    rig.advance(1000);
    assertThat(rig.drain()).isEmpty();
    assertThat(rig.dispatcher.groups(_ -> true)).isEmpty();
  }

  @Test
  void anotherAlertJoins_isInTheLedgerToo() {
    rig.fire("A");
    rig.advance(1000);
    rig.fire("B");
    rig.advance(2000);
    assertThat(rig.outboxStore.ends()).hasSize(2);
    rig.missing.clear();
    rig.advance(301);
    assertThat(rig.drain()).singleElement().asString().endsWith(" a firing A,B");
  }

  @Test
  void missingSecret_fallbackIsNotifiedAtOnceAndOnlyOnce() throws Exception {
    rig =
        new NotifierRig(NotifierRig.config(folder, CONFIG, "receivers: [{name: a, fallback: b}]"));
    rig.missing.put("a", WHAT);
    assertThat(rig.outbox.silentReceivers()).isEmpty();
    rig.fire("A");
    rig.advance(3000);
    assertThat(rig.drain()).containsExactly("10.0 b firing A");
  }

  @Test
  void restart_secretStillMissing_nothingIsLost() {
    rig.fire("A");
    rig.advance(60);
    rig.killAndStart(CONFIG, Duration.ofSeconds(5));
    rig.advance(60);
    rig.missing.clear();
    rig.advance(3);
    assertThat(rig.drain()).singleElement().asString().endsWith(" a firing A");
  }

  @Test
  void receiverWithoutAnyWay_isNamed() {
    assertThat(rig.outbox.silentReceivers()).containsExactly("a");
    assertThat(rig.outbox.unconfigured())
        .singleElement()
        .hasToString("Unconfigured[integration=a/webhook[0], missing=" + WHAT + "]");
    rig.missing.clear();
    assertThat(rig.outbox.silentReceivers()).isEmpty();
  }
}
