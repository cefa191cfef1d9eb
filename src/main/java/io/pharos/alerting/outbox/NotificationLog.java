package io.pharos.alerting.outbox;

import io.micrometer.core.instrument.Gauge;
import io.pharos.alerting.outbox.DeliveryQueue.Item;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records, for each group and integration, the state that the last notification reported, and the
/// outcome of each delivery. The records are in memory and, through the journal, in the store.
/// Thread-safe.
final class NotificationLog {
  private static final Logger LOG = LoggerFactory.getLogger(NotificationLog.class);

  private final OutboxStore.Journal journal;
  private final NotifyMetrics metrics;
  private final EpisodeKeeper episodes;
  private final Map<NotificationLogEntry.Key, NotificationLogEntry> entries =
      new ConcurrentHashMap<>();
  private final AtomicInteger pending = new AtomicInteger();

  NotificationLog(OutboxStore.Journal journal, NotifyMetrics metrics, EpisodeKeeper episodes) {
    this.journal = journal;
    this.metrics = metrics;
    this.episodes = episodes;
    Gauge.builder("pharos_outbox_pending", pending, AtomicInteger::get)
        .description("Deliveries that are decided and neither sent nor given up.")
        .register(metrics.registry);
  }

  Optional<NotificationLogEntry> get(NotificationLogEntry.Key key) {
    return Optional.ofNullable(entries.get(key));
  }

  /// Adds an entry that was loaded from the store.
  void load(NotificationLogEntry entry) {
    entries.put(entry.key(), entry);
  }

  /// Removes the entries whose key fulfils the condition from memory, because another replica owns
  /// their groups now.
  void removeIf(Predicate<NotificationLogEntry.Key> condition) {
    entries.keySet().removeIf(condition);
  }

  /// Moves the times of all entries back, in memory only: stored entries are limited when they are
  /// loaded.
  void clockSetBack(Duration by) {
    entries.replaceAll((_, entry) -> entry.movedBack(by));
  }

  /// Removes expired entries from memory and from the store. Entries of acknowledged groups stay,
  /// because their end must be reported even after a long acknowledgement.
  void removeExpired(Instant now) {
    List<NotificationLogEntry.Key> expired =
        entries.values().stream()
            .filter(entry -> entry.expiresAt().isBefore(now))
            .filter(entry -> episodes.acknowledged(entry.key().groupKey()) == null)
            .filter(entry -> entries.remove(entry.key(), entry))
            .map(NotificationLogEntry::key)
            .toList();
    if (!expired.isEmpty()) {
      append(new OutboxChange.Forgotten(expired));
    }
  }

  /// Stores a fact; the journal retries until it is stored.
  void append(OutboxChange fact) {
    var _ = journal.append(List.of(fact));
  }

  /// Records that an integration need not be notified of this state.
  void recorded(NotificationLogEntry entry) {
    load(entry);
    append(new OutboxChange.Logged(entry));
  }

  /// Counts one more delivery as pending, until [#finish].
  void begin(Item item) {
    pending.incrementAndGet();
    episodes.delivering(item.delivery.key().groupKey());
  }

  int pending() {
    return pending.get();
  }

  /// Completes a delivery; does nothing if it is completed already.
  void finish(Item item, boolean notified) {
    if (!item.isFinished()) {
      pending.decrementAndGet();
      item.finish(notified);
      episodes.delivering(item.delivery.key().groupKey());
    }
  }

  /// Records that a delivery was sent.
  ///
  /// @param owned whether this replica still owns the group
  void sent(Item item, boolean owned, String answer, Instant now) {
    NotificationLogEntry entry = item.delivery.logEntry(now);
    if (owned) {
      load(entry);
    }
    OutboxChange outcome =
        item.direct
            ? new OutboxChange.SentDirectly(item.delivery, item.attempts, now, answer)
            : item.finished(Delivery.Status.SENT, now, answer);
    var _ = journal.append(List.of(outcome, new OutboxChange.Logged(entry)));
    metrics.finished(item.type());
  }

  /// Whether a delivery is about firing alerts that were acknowledged after its decision.
  boolean isAcknowledged(Item item, Instant now) {
    Notification notification = item.delivery.notification();
    EpisodeKeeper.Acknowledged by = episodes.acknowledged(notification.groupKey());
    return by != null
        && by.holds(now)
        && notification.decidedAt().isBefore(by.at())
        && notification.status() == NotifiedAlert.Status.FIRING;
  }

  /// Drops a delivery about alerts that were acknowledged after its decision. If it may have been
  /// sent, the log lists its alerts as notified, so that their end is reported.
  void withdraw(Item item, Instant now) {
    append(item.finished(Delivery.Status.SUPERSEDED, now, "acknowledged before it could be sent"));
    if (item.attempts > 0 || item.state.isEmpty()) {
      recorded(item.delivery.logEntry(now));
    }
  }

  /// Records that an attempt failed; another attempt follows.
  void attemptFailed(Item item, int number, String reason, Instant now) {
    append(new OutboxChange.AttemptFailed(item.delivery.id(), number, now, reason));
  }

  /// Records that a delivery failed and no attempt follows.
  void failed(Item item, String reason, NotifyMetrics.FailureReason kind, Instant now) {
    LOG.error("{}: notification {} failed: {}", item.delivery.key(), item.delivery.id(), reason);
    append(item.finished(Delivery.Status.FAILED, now, reason));
    metrics.gaveUp(item.type(), kind);
  }

  /// Logs and counts a delivery that is not sent, because its decision cannot be stored.
  void notStored(Item item) {
    LOG.warn(
        "{}: the notification is not sent, because its decision cannot be stored",
        item.delivery.key());
    metrics.gaveUp(item.type(), NotifyMetrics.FailureReason.OTHER);
  }

  /// Records that a delivery was given up because a secret file is missing. It is not counted as a
  /// failure.
  void notConfigured(Item item, String reason, Instant now) {
    append(item.finished(Delivery.Status.FAILED, now, "not sent: " + reason));
    metrics.notConfigured(item.type());
  }

  /// Completes a delivery because a newer decision replaces it.
  ///
  /// @return the change to store
  OutboxChange supersede(Item item, String reason, Instant now) {
    finish(item, false);
    return item.finished(Delivery.Status.SUPERSEDED, now, reason);
  }

  /// Completes the next delivery of a queue, if there is one, because it is outdated. The caller
  /// holds the lock of the queue.
  void dropNext(DeliveryQueue queue, String reason, Instant now) {
    if (queue.next != null) {
      append(supersede(queue.next, reason, now));
      queue.drop(queue.next);
    }
  }
}
