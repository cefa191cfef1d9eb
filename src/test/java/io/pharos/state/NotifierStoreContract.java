package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore.StoredAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of the notifier's stores.
public abstract class NotifierStoreContract {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00.123456Z");
  private static final LedgerEntry.Query ALL = new LedgerEntry.Query("", "", "", 100);

  private StoreConfig config;
  private Store store;

  /// A database without tables.
  abstract StoreConfig emptyDatabase() throws Exception;

  @BeforeEach
  void open() throws Exception {
    config = emptyDatabase();
    store = Store.open(config);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void reopen() {
    store.close();
    store = Store.open(config);
  }

  public static TrackedAlert alert(String name, Instant endsAt) {
    Labels labels = Labels.of("alertname", name, "job", "ö\"\n☃");
    return new TrackedAlert(
        labels,
        Fingerprint.of(labels),
        Labels.of("summary", "it's \"bad\""),
        T0,
        endsAt,
        T0.plusSeconds(1),
        true,
        "http://g/" + name);
  }

  @Test
  void alerts_afterReopening_areAsSaved() {
    TrackedAlert alert = alert("A", T0.plusSeconds(60));
    store.notifier().alerts().save(List.of(alert, alert("B", T0))).join();
    reopen();
    assertThat(store.notifier().alerts().load().alerts())
        .containsExactlyInAnyOrder(
            new StoredAlert(alert, false), new StoredAlert(alert("B", T0), false));
    assertThat(store.notifier().alerts().load().aliveAt()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void alerts_savedAgain_areReplaced() {
    store.notifier().alerts().save(List.of(alert("A", T0), alert("A", T0.plusSeconds(5)))).join();
    store.notifier().alerts().save(List.of(alert("A", T0.plusSeconds(9)))).join();
    assertThat(store.notifier().alerts().load().alerts())
        .containsExactly(new StoredAlert(alert("A", T0.plusSeconds(9)), false));
  }

  @Test
  void checkpoint_renewsSettlesAndForgets() {
    TrackedAlert a = alert("A", T0);
    TrackedAlert b = alert("B", T0);
    TrackedAlert c = alert("C", T0);
    store.notifier().alerts().save(List.of(a, b, c)).join();
    TrackedAlert renewed = a.withEndsAt(T0.plusSeconds(300));
    store
        .notifier()
        .alerts()
        .checkpoint(
            T0.plusSeconds(7),
            List.of(renewed),
            List.of(b.fingerprint()),
            List.of(c.fingerprint()));
    reopen();
    assertThat(store.notifier().alerts().load().alerts())
        .containsExactlyInAnyOrder(new StoredAlert(renewed, false), new StoredAlert(b, true));
    assertThat(store.notifier().alerts().load().aliveAt()).isEqualTo(T0.plusSeconds(7));
  }

  @Test
  void alerts_settledAndPostedAgain_areUnsettled() {
    TrackedAlert a = alert("A", T0);
    store.notifier().alerts().save(List.of(a)).join();
    store.notifier().alerts().checkpoint(T0, List.of(), List.of(a.fingerprint()), List.of());
    store.notifier().alerts().save(List.of(a)).join();
    assertThat(store.notifier().alerts().load().alerts())
        .containsExactly(new StoredAlert(a, false));
  }

  @Test
  void alerts_farTimes_areClampedNotRefused() {
    store.notifier().alerts().save(List.of(alert("A", Instant.MAX))).join();
    assertThat(store.notifier().alerts().load().alerts().getFirst().alert().endsAt())
        .isAfter(Instant.parse("9999-12-30T00:00:00Z"));
  }

  /// The saves take many writes, which later calls must not overtake.
  private List<CompletableFuture<Void>> saveMany(int count) {
    var saves = new ArrayList<CompletableFuture<Void>>();
    for (int i = 0; i < count; i++) {
      saves.add(store.notifier().alerts().save(List.of(alert("A" + i, T0))));
    }
    return saves;
  }

  @Test
  void decision_onAlertsThatAreStillBeingSaved_isNotStoredBeforeThem() {
    List<CompletableFuture<Void>> saves = saveMany(500);
    store.notifier().outbox().apply(List.of(new OutboxChange.Decided(delivery("d1", key("g"), 1))));
    assertThat(saves.stream().allMatch(CompletableFuture::isDone)).as("all are stored").isTrue();
    assertThat(store.notifier().alerts().load().alerts()).hasSize(500);
  }

  @Test
  void checkpoint_afterAlertsThatAreStillBeingSaved_hasTheLastWord() {
    List<CompletableFuture<Void>> saves = saveMany(500);
    store
        .notifier()
        .alerts()
        .checkpoint(T0, List.of(), List.of(), List.of(alert("A499", T0).fingerprint()));
    saves.forEach(CompletableFuture::join);
    assertThat(store.notifier().alerts().load().alerts())
        .hasSize(499)
        .doesNotContain(new StoredAlert(alert("A499", T0), false));
  }

  @Test
  void silences_afterReopening_areAsSaved() {
    var silence =
        new Silence(
            "5d9bb1a8-0000-4000-8000-000000000001",
            List.of(
                LabelMatcher.of(LabelMatcher.Type.NOT_REGEX, "a b", "x|\"y\"", false),
                LabelMatcher.equal("c", "d")),
            T0,
            T0.plusSeconds(3600),
            T0,
            "ann",
            "",
            Map.of("ticket", "T-1"));
    store.notifier().silences().save(List.of(silence));
    reopen();
    assertThat(store.notifier().silences().load()).containsExactly(silence);
    store.notifier().silences().delete(List.of(silence.id()));
    assertThat(store.notifier().silences().load()).isEmpty();
  }

  private static NotificationLogEntry.Key key(String group) {
    return new NotificationLogEntry.Key(group, new Integration.Id("on-call", "slack", 1));
  }

  public static Delivery delivery(String id, NotificationLogEntry.Key key, int alerts) {
    var notified = new ArrayList<NotifiedAlert>();
    for (int i = 0; i < alerts; i++) {
      Labels labels = Labels.of("alertname", "A", "instance", "i" + i);
      notified.add(
          new NotifiedAlert(
              labels,
              Labels.of("summary", "s"),
              T0,
              i % 2 == 1 ? T0.plusSeconds(2) : null,
              i % 2 == 1 ? NotifiedAlert.Status.RESOLVED : NotifiedAlert.Status.FIRING,
              Fingerprint.of(labels),
              "http://g",
              i == 0));
    }
    return delivery(id, key, notified);
  }

  /// A delivery about an alert in its stored form.
  public static Delivery deliveryOf(String id, TrackedAlert alert) {
    return deliveryOf(id, alert, "");
  }

  private static Delivery deliveryOf(String id, TrackedAlert alert, String description) {
    var notified =
        new NotifiedAlert(
            alert.labels(),
            description.isEmpty() ? alert.annotations() : Labels.of("description", description),
            alert.startsAt(),
            null,
            NotifiedAlert.Status.FIRING,
            alert.fingerprint(),
            alert.generatorUrl(),
            true);
    return delivery(
        id,
        new NotificationLogEntry.Key("g", new Integration.Id("r", "webhook", 0)),
        List.of(notified));
  }

  private static final EscalationStep STEP =
      new EscalationStep(
          "pages", 2, "lead", EscalationStep.Cause.NEXT_WAY, T0, T0.minusSeconds(60));

  private static Delivery delivery(
      String id, NotificationLogEntry.Key key, List<NotifiedAlert> notified) {
    var notification =
        new Notification(
            id,
            key.integration().receiver(),
            key.integration().type(),
            key.integration().index(),
            key.groupKey(),
            Notification.statusOf(notified),
            Labels.of("alertname", "A"),
            Notification.common(notified, NotifiedAlert::labels),
            Notification.common(notified, NotifiedAlert::annotations),
            "http://pharos",
            notified,
            Notification.Reason.NEW_ALERTS,
            T0,
            0,
            false,
            false,
            key.groupKey().equals("escalated") ? STEP : null);
    return new Delivery(
        key,
        notification,
        FingerprintSet.of(notification.firing().stream().map(NotifiedAlert::fingerprint).toList()),
        FingerprintSet.of(
            notification.resolved().stream().map(NotifiedAlert::fingerprint).toList()),
        Duration.ofHours(4),
        T0.plusSeconds(60));
  }

  @Test
  void outbox_decidedDeliveries_arePendingInOrderAfterReopening() {
    Delivery first = delivery("d1", key("g"), 3);
    Delivery second = delivery("d2", key("g"), 2);
    store
        .notifier()
        .outbox()
        .apply(List.of(new OutboxChange.Decided(first), new OutboxChange.Decided(second)));
    reopen();
    assertThat(store.notifier().outbox().pending()).containsExactly(first, second);
  }

  @Test
  void outbox_deliveryWithAStepOfAPolicy_isPendingWithItAfterReopening() {
    Delivery escalated = delivery("d1", key("escalated"), 2);
    Delivery plain = delivery("d2", key("g"), 2);
    store
        .notifier()
        .outbox()
        .apply(List.of(new OutboxChange.Decided(escalated), new OutboxChange.Decided(plain)));
    reopen();
    assertThat(store.notifier().outbox().pending()).containsExactly(escalated, plain);
  }

  @Test
  void outbox_largeNotification_survivesCompressed() {
    Delivery large = delivery("d1", key("g"), 2000);
    store.notifier().outbox().apply(List.of(new OutboxChange.Decided(large)));
    assertThat(store.notifier().outbox().pending()).containsExactly(large);
  }

  @Test
  void outbox_notificationOfSeveralMegabytes_isResumedAfterReopening() {
    Delivery huge = deliveryOf("d1", alert("A", T0), incompressible(3_000_000));
    store.notifier().outbox().apply(List.of(new OutboxChange.Decided(huge)));
    reopen();
    assertThat(store.notifier().outbox().pending()).containsExactly(huge);
  }

  private static String incompressible(int length) {
    return new Random(1)
        .ints(length, 0x21, 0x7f)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Test
  void outbox_finishedDelivery_isInTheLedgerOnly() {
    Delivery delivery = delivery("d1", key("g"), 3);
    store.notifier().outbox().apply(List.of(new OutboxChange.Decided(delivery)));
    store
        .notifier()
        .outbox()
        .apply(
            List.of(
                new OutboxChange.AttemptFailed("d1", 1, T0.plusSeconds(1), "500"),
                new OutboxChange.Finished(
                    "d1", Delivery.Status.SENT, 2, T0.plusSeconds(2), "x".repeat(5000))));
    assertThat(store.notifier().outbox().pending()).isEmpty();
    LedgerEntry entry = store.notifier().outbox().ledger(ALL).getFirst();
    assertThat(entry.status()).isEqualTo(Delivery.Status.SENT);
    assertThat(entry.attempts()).isEqualTo(2);
    assertThat(entry.firing()).isEqualTo(2);
    assertThat(entry.resolved()).isEqualTo(1);
    assertThat(entry.answer()).hasSizeBetween(1000, 3000);
    assertThat(entry.finishedAt()).isEqualTo(T0.plusSeconds(2));
    assertThat(entry.failures())
        .containsExactly(new LedgerEntry.Failure(1, T0.plusSeconds(1), "500"));
  }

  @Test
  void outbox_sentDirectly_isRecordedAsSent() {
    Delivery delivery = delivery("d1", key("g"), 1);
    store
        .notifier()
        .outbox()
        .apply(List.of(new OutboxChange.SentDirectly(delivery, 1, T0.plusSeconds(2), "ok")));
    assertThat(store.notifier().outbox().pending()).isEmpty();
    assertThat(store.notifier().outbox().ledger(ALL))
        .singleElement()
        .satisfies(entry -> assertThat(entry.status()).isEqualTo(Delivery.Status.SENT));
  }

  @Test
  void ledger_isFilteredNewestFirstAndBounded() {
    store
        .notifier()
        .outbox()
        .apply(
            List.of(
                new OutboxChange.Decided(delivery("d1", key("g1"), 1)),
                new OutboxChange.Decided(delivery("d2", key("g2"), 1)),
                new OutboxChange.Decided(delivery("d3", key("g1"), 1)),
                new OutboxChange.Finished("d3", Delivery.Status.FAILED, 1, T0, "no")));
    assertThat(ids(ALL)).containsExactly("d3", "d2", "d1");
    assertThat(ids(new LedgerEntry.Query("", "", "", 1))).containsExactly("d3");
    assertThat(ids(new LedgerEntry.Query("", "pending", "", 9))).containsExactly("d2", "d1");
    assertThat(ids(new LedgerEntry.Query("on-call", "failed", "g1", 9))).containsExactly("d3");
    assertThat(ids(new LedgerEntry.Query("nobody", "", "", 9))).isEmpty();
    Instant decided = delivery("d1", key("g1"), 1).notification().decidedAt();
    assertThat(ids(between(decided, decided))).hasSize(3);
    assertThat(ids(between(decided.plusMillis(1), decided.plusMillis(2)))).isEmpty();
    assertThat(ids(between(decided.minusMillis(2), decided.minusMillis(1)))).isEmpty();
  }

  @Test
  void ledgerOfGroups_hasTheDeliveriesOfEachSinceItsTime_newestFirst() {
    OutboxStore outbox = store.notifier().outbox();
    outbox.apply(
        List.of(
            new OutboxChange.Decided(delivery("d1", key("g1"), 1)),
            new OutboxChange.Decided(delivery("d2", key("g2"), 1)),
            new OutboxChange.Decided(delivery("d3", key("g1"), 1)),
            new OutboxChange.Decided(delivery("d4", key("g3"), 1)),
            new OutboxChange.Finished("d3", Delivery.Status.SENT, 1, T0, "ok")));
    Instant decided = delivery("d1", key("g1"), 1).notification().decidedAt();
    Map<String, List<LedgerEntry>> found =
        outbox.ledgerOf(Map.of("g1", decided, "g2", decided.plusMillis(1), "none", Instant.EPOCH));
    assertThat(found).containsOnlyKeys("g1");
    assertThat(found.get("g1"))
        .extracting(LedgerEntry::deliveryId, LedgerEntry::status)
        .containsExactly(tuple("d3", Delivery.Status.SENT), tuple("d1", Delivery.Status.PENDING));
    assertThat(outbox.ledgerOf(Map.of())).isEmpty();
  }

  @Test
  void ledgerOfGroups_isBoundedForEachGroup() {
    OutboxStore outbox = store.notifier().outbox();
    var decisions = new ArrayList<OutboxChange>();
    decisions.add(new OutboxChange.Decided(delivery("first", key("rare"), 1)));
    for (int i = 0; i <= LedgerEntry.Query.MAX_LIMIT; i++) {
      decisions.add(new OutboxChange.Decided(delivery("d" + i, key("often"), 1)));
    }
    outbox.apply(decisions);
    Map<String, List<LedgerEntry>> found =
        outbox.ledgerOf(Map.of("rare", Instant.EPOCH, "often", Instant.EPOCH));
    assertThat(found.get("rare")).extracting(LedgerEntry::deliveryId).containsExactly("first");
    assertThat(found.get("often"))
        .hasSize(LedgerEntry.Query.MAX_LIMIT)
        .last()
        .extracting(LedgerEntry::deliveryId)
        .isEqualTo("d1");
  }

  private static LedgerEntry.Query between(Instant since, Instant until) {
    return new LedgerEntry.Query("", "", "", Optional.of(since), Optional.of(until), 9);
  }

  private List<String> ids(LedgerEntry.Query query) {
    return store.notifier().outbox().ledger(query).stream().map(LedgerEntry::deliveryId).toList();
  }

  @Test
  void log_lastEntryWins_andForgottenOnesGo() {
    var entry =
        new NotificationLogEntry(
            key("g"),
            FingerprintSet.of(List.of(new Fingerprint(-1), new Fingerprint(5))),
            FingerprintSet.empty(),
            T0,
            T0.plusSeconds(9));
    var later = new NotificationLogEntry(key("g"), FingerprintSet.empty(), entry.firing(), T0, T0);
    var other =
        new NotificationLogEntry(key("h"), FingerprintSet.empty(), FingerprintSet.empty(), T0, T0);
    store
        .notifier()
        .outbox()
        .apply(
            List.of(
                new OutboxChange.Logged(entry),
                new OutboxChange.Logged(other),
                new OutboxChange.Logged(later)));
    reopen();
    assertThat(store.notifier().outbox().log()).containsExactlyInAnyOrder(later, other);
    store.notifier().outbox().apply(List.of(new OutboxChange.Forgotten(List.of(key("g")))));
    assertThat(store.notifier().outbox().log()).containsExactly(other);
  }

  @Test
  void forgetFinishedBefore_keepsPendingAndRecentOnes() {
    store
        .notifier()
        .outbox()
        .apply(
            List.of(
                new OutboxChange.Decided(delivery("old", key("g1"), 1)),
                new OutboxChange.Decided(delivery("recent", key("g2"), 1)),
                new OutboxChange.Decided(delivery("pending", key("g3"), 1)),
                new OutboxChange.AttemptFailed("old", 1, T0, "500"),
                new OutboxChange.Finished("old", Delivery.Status.SENT, 2, T0, "ok"),
                new OutboxChange.Finished(
                    "recent", Delivery.Status.SENT, 1, T0.plusSeconds(10), "ok")));
    store.notifier().outbox().forgetFinishedBefore(T0.plusSeconds(5));
    assertThat(ids(ALL)).containsExactly("pending", "recent");
  }

  @Test
  void apply_oneBadChange_storesNothing() {
    String tooLong = "x".repeat(100);
    assertThatThrownBy(
            () ->
                store
                    .notifier()
                    .outbox()
                    .apply(
                        List.of(
                            new OutboxChange.Decided(delivery("good", key("g"), 1)),
                            new OutboxChange.Decided(delivery(tooLong, key("g"), 1)))))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("can't save the outbox");
    assertThat(store.notifier().outbox().pending()).isEmpty();
  }
}
