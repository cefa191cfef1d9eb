package io.pharos.server.web.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReceiverHealthTest {
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
  private static final String CONFIG =
      """
      route: {receiver: a, routes: [{receiver: b, matchers: [x="1"]}]}
      receivers:
      - name: a
        webhook_configs: [{url: 'http://x/'}, {url: 'http://y/'}]
      - name: b
        webhook_configs: [{url: 'http://x/'}]
      - name: unused
        webhook_configs: [{url: 'http://x/'}]
      """;
  private static final Integration.Id A0 = new Integration.Id("a", "webhook", 0);
  private static final Integration.Id A1 = new Integration.Id("a", "webhook", 1);
  private static final Integration.Id B = new Integration.Id("b", "webhook", 0);

  private final NotifierRig rig = new NotifierRig(CONFIG);
  private final List<LedgerEntry> ledger = new ArrayList<>();
  private final List<Integration.Unconfigured> unconfigured = new ArrayList<>();
  private Set<String> silent = Set.of();

  private void add(
      Integration.Id to, Delivery.Status status, int agoSeconds, LedgerEntry.Failure... failures) {
    Instant decided = NOW.minusSeconds(agoSeconds);
    boolean isOpen = status == Delivery.Status.PENDING;
    ledger.addFirst(
        new LedgerEntry(
            "d" + ledger.size(),
            new NotificationLogEntry.Key("{}:{}", to),
            Labels.of("alertname", "Down"),
            "firing",
            Notification.Reason.REPEAT,
            1,
            0,
            false,
            decided,
            isOpen ? null : decided,
            status,
            isOpen ? 0 : 2,
            isOpen ? "" : status == Delivery.Status.SENT ? "200: ok" : "http://x/ answered 503: no",
            List.of(failures)));
  }

  private List<LedgerEntry> answer(LedgerEntry.Query query) {
    return ledger.stream()
        .filter(
            one ->
                query.status().isEmpty()
                    || query.status().equals(one.status().name().toLowerCase(Locale.ROOT)))
        .filter(one -> query.since().filter(one.decidedAt()::isBefore).isEmpty())
        .limit(query.limit())
        .toList();
  }

  private ReceiverHealth health(boolean storeIsThere) {
    return new ReceiverHealth(
        NotifierRig.config(CONFIG),
        rig.dispatcher.outlook(Labels.empty()).path().node(),
        storeIsThere
            ? Optional.of(ReceiverHealth.Answers.read(this::answer, one -> one, NOW))
            : Optional.empty(),
        unconfigured,
        silent,
        "",
        NOW);
  }

  private String sentence(boolean storeIsThere) {
    ReceiverHealth health = health(storeIsThere);
    ReceiverHealth.Verdict verdict = health.verdict(health.rows());
    return verdict.state() + ": " + verdict.sentence();
  }

  private ReceiverRow.@Nullable IntegrationRow row(int receiver, int integration) {
    return health(true).rows().get(receiver).integrations().get(integration);
  }

  @Test
  void verdict_countsTheLastAnswerOfEachIntegration() {
    assertThat(sentence(true)).startsWith("unknown: No message was sent yet");
    add(A0, Delivery.Status.FAILED, 300);
    add(A0, Delivery.Status.SENT, 200);
    add(A1, Delivery.Status.SENT, 200);
    add(B, Delivery.Status.SENT, 100);
    assertThat(sentence(true)).isEqualTo("ok: Every receiver answered its last message.");
    add(B, Delivery.Status.FAILED, 50);
    assertThat(sentence(true)).isEqualTo("firing: 1 receiver does not answer: b (webhook).");
    add(A1, Delivery.Status.PENDING, 10, new LedgerEntry.Failure(1, NOW, "refused"));
    assertThat(sentence(true))
        .isEqualTo("firing: 2 receivers do not answer: a (webhook 2), b (webhook).");
  }

  @Test
  void verdict_ofAReceiverWithoutAWorkingIntegration_saysThatNobodyIsTold() {
    add(B, Delivery.Status.SENT, 100);
    unconfigured.add(new Integration.Unconfigured(B, "the secret file /x does not exist"));
    assertThat(sentence(true)).isEqualTo("firing: 1 receiver does not answer: b (webhook).");
    silent = Set.of("b");
    assertThat(sentence(true))
        .isEqualTo("firing: Receiver b has no working integration: nobody gets its messages.");
    assertThat(row(1, 0).word()).isEqualTo("not configured");
    assertThat(row(1, 0).note()).contains("/x does not exist");
  }

  @Test
  void verdict_withoutTheStore_isUnknownAndNeverGood() {
    add(B, Delivery.Status.SENT, 100);
    assertThat(sentence(false)).startsWith("unknown: The store is unavailable");
    assertThat(health(false).rows().getFirst().integrations().getFirst().state())
        .isEqualTo("unknown");
  }

  @Test
  void verdict_ofMessagesInTheMailbox_saysThatNobodyOutsideIsTold() {
    add(A0, Delivery.Status.SENT, 300);
    add(B, Delivery.Status.SENT, 100);
    ledger.replaceAll(one -> one.key().integration().equals(B) ? kept(one) : one);
    assertThat(sentence(true))
        .isEqualTo(
            "unknown: Messages of 1 integration stay in the local mailbox: nobody outside gets them.");
    ledger.replaceAll(ReceiverHealthTest::kept);
    assertThat(sentence(true))
        .isEqualTo("unknown: All messages stay in the local mailbox: nobody outside is told.");
  }

  private static LedgerEntry kept(LedgerEntry one) {
    return new LedgerEntry(
        one.deliveryId(),
        one.key(),
        one.groupLabels(),
        one.groupStatus(),
        one.reason(),
        one.firing(),
        one.resolved(),
        one.possibleDuplicate(),
        one.decidedAt(),
        one.finishedAt(),
        one.status(),
        one.attempts(),
        "stored in the local mailbox",
        one.failures());
  }

  @Test
  void row_hasTheLastAnswerAndTheTroubleOfTheDay() {
    add(B, Delivery.Status.FAILED, 90_000);
    add(B, Delivery.Status.FAILED, 3_000);
    add(B, Delivery.Status.SUPERSEDED, 20);
    add(B, Delivery.Status.PENDING, 10);
    ReceiverRow.IntegrationRow row = row(1, 0);
    assertThat(row.state()).isEqualTo("failed");
    assertThat(row.answer()).isEqualTo("http://x/ answered 503: no");
    assertThat(row.attempts()).isEqualTo("2 attempts");
    assertThat(row.trouble()).isEqualTo("1 failed in 24 h, 1 waiting");
    assertThat(row.at().ago()).isEqualTo("50 min ago");
    assertThat(health(true).rows().get(2).use()).isEqualTo("no route leads here");
  }
}
