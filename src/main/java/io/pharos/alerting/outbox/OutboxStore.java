package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import java.time.Instant;
import java.util.List;

/// Stores the outbox and the notification log across restarts. Methods throw unchecked exceptions
/// on failure.
public interface OutboxStore {
  /// Stores changes in order, all or none, and returns when they would survive a kill. Alerts that
  /// the same store was given before are on disk before them.
  void apply(List<OutboxChange> changes);

  /// Pending deliveries, oldest first.
  List<Delivery> pending();

  /// All entries of the notification log.
  List<NotificationLogEntry> log();

  /// Deliveries that match a query, newest first.
  List<LedgerEntry> ledger(LedgerQuery query);

  /// Deletes deliveries that finished before an instant.
  void forgetFinishedBefore(Instant limit);
}
