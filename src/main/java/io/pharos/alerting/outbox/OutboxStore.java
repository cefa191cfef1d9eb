package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import java.time.Instant;
import java.util.List;

/// Keeps the outbox and the notification log over a restart. Methods throw unchecked exceptions
/// when they can't.
public interface OutboxStore {
  /// Stores changes in their order, all or none, and returns when they would survive a kill. Alerts
  /// that the same store was given before are on the disk before them.
  void apply(List<OutboxChange> changes);

  /// The deliveries that are still to be made, the oldest first.
  List<Delivery> pending();

  /// The notification log.
  List<NotificationLogEntry> log();

  /// The latest deliveries, the newest first.
  List<LedgerEntry> ledger(LedgerQuery query);

  /// Forgets deliveries that were finished before an instant.
  void forgetFinishedBefore(Instant limit);
}
