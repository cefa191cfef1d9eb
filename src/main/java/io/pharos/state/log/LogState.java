package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore.StoredAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.silence.Silence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The notifier's state after all changes in the log. Not thread-safe. Its values are immutable
/// objects that the notifier uses too, so it needs little more memory than its maps.
final class LogState {
  final Map<Fingerprint, StoredAlert> alerts;
  final Map<String, Silence> silences;
  final Map<NotificationLogEntry.Key, NotificationLogEntry> log;
  final Map<String, Pending> pending;
  Instant aliveAt = Instant.EPOCH;

  /// Number of the next decision. The numbers order the ledger.
  long nextNumber = 1;

  /// An unfinished delivery.
  ///
  /// @param number number of the delivery's decision
  record Pending(long number, Delivery delivery, List<LedgerEntry.Failure> failures) {
    Pending {
      failures = List.copyOf(failures);
    }
  }

  /// A ledger entry with the number of its decision.
  record Numbered(long number, LedgerEntry entry) {}

  LogState() {
    this(new HashMap<>(), new HashMap<>(), new HashMap<>(), new LinkedHashMap<>());
  }

  private LogState(
      Map<Fingerprint, StoredAlert> alerts,
      Map<String, Silence> silences,
      Map<NotificationLogEntry.Key, NotificationLogEntry> log,
      Map<String, Pending> pending) {
    this.alerts = alerts;
    this.silences = silences;
    this.log = log;
    this.pending = pending;
  }

  LogState copy() {
    var copy =
        new LogState(
            new HashMap<>(alerts),
            new HashMap<>(silences),
            new HashMap<>(log),
            new LinkedHashMap<>(pending));
    copy.aliveAt = aliveAt;
    copy.nextNumber = nextNumber;
    return copy;
  }

  @Nullable TrackedAlert alert(Fingerprint fingerprint) {
    StoredAlert stored = alerts.get(fingerprint);
    return stored == null ? null : stored.alert();
  }

  void save(TrackedAlert alert) {
    alerts.put(alert.fingerprint(), new StoredAlert(alert, false));
  }

  void settle(Fingerprint fingerprint) {
    alerts.computeIfPresent(fingerprint, (_, stored) -> new StoredAlert(stored.alert(), true));
  }

  /// Applies a change that was written to the disk.
  ///
  /// @return entries for the ledger
  List<Numbered> apply(LogChange change) {
    switch (change) {
      case LogChange.AlertsSaved(List<TrackedAlert> saved) -> saved.forEach(this::save);
      case LogChange.Checkpoint(
              Instant now,
              List<TrackedAlert> renewed,
              List<Fingerprint> settled,
              List<Fingerprint> forgotten) -> {
        renewed.forEach(this::save);
        settled.forEach(this::settle);
        forgotten.forEach(alerts::remove);
        aliveAt = now;
      }
      case LogChange.SilencesSaved(List<Silence> saved) ->
          saved.forEach(silence -> silences.put(silence.id(), silence));
      case LogChange.SilencesDeleted(List<String> ids) -> ids.forEach(silences::remove);
      case LogChange.OutboxChanged(List<OutboxChange> changes) -> {
        var finished = new ArrayList<Numbered>();
        changes.forEach(each -> apply(each, finished));
        return finished;
      }
    }
    return List.of();
  }

  private void apply(OutboxChange change, List<Numbered> finished) {
    switch (change) {
      case OutboxChange.Decided(Delivery delivery) -> decide(delivery);
      case OutboxChange.AttemptFailed failed -> fail(failed);
      case OutboxChange.Finished done -> finish(done, finished);
      case OutboxChange.SentDirectly sent -> {
        decide(sent.delivery());
        finish(finished(sent), finished);
      }
      case OutboxChange.Logged(NotificationLogEntry entry) -> log.put(entry.key(), entry);
      case OutboxChange.Forgotten(List<NotificationLogEntry.Key> keys) -> keys.forEach(log::remove);
    }
  }

  /// Returns the change that ends a delivery which was already sent when its decision was stored.
  static OutboxChange.Finished finished(OutboxChange.SentDirectly sent) {
    return new OutboxChange.Finished(
        sent.delivery().id(), Delivery.Status.SENT, sent.attempts(), sent.at(), sent.answer());
  }

  void decide(Delivery delivery) {
    pending.put(delivery.id(), new Pending(nextNumber++, delivery, List.of()));
  }

  void fail(OutboxChange.AttemptFailed failed) {
    pending.computeIfPresent(
        failed.deliveryId(),
        (_, unfinished) -> {
          var failures = new ArrayList<>(unfinished.failures());
          failures.add(new LedgerEntry.Failure(failed.number(), failed.at(), failed.reason()));
          return new Pending(unfinished.number(), unfinished.delivery(), failures);
        });
  }

  void finish(OutboxChange.Finished done, List<Numbered> finished) {
    Pending unfinished = pending.remove(done.deliveryId());
    if (unfinished != null) {
      finished.add(entry(unfinished, done.status(), done.attempts(), done.at(), done.answer()));
    }
  }

  /// Returns the ledger entry of an unfinished delivery.
  static Numbered entry(Pending pending) {
    return entry(pending, Delivery.Status.PENDING, pending.failures().size(), null, "");
  }

  private static Numbered entry(
      Pending pending,
      Delivery.Status status,
      int attempts,
      @Nullable Instant finishedAt,
      String answer) {
    Delivery delivery = pending.delivery();
    var notification = delivery.notification();
    return new Numbered(
        pending.number(),
        new LedgerEntry(
            delivery.id(),
            delivery.key(),
            notification.groupLabels(),
            notification.status().text(),
            notification.reason(),
            delivery.firing().size(),
            delivery.resolved().size(),
            notification.possibleDuplicate(),
            notification.decidedAt(),
            finishedAt,
            status,
            attempts,
            answer,
            pending.failures()));
  }
}
