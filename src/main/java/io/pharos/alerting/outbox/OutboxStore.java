package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

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
  List<LedgerEntry> ledger(LedgerEntry.Query query);

  /// Deletes deliveries that finished before an instant.
  void forgetFinishedBefore(Instant limit);

  /// Another replica owns the shards now, so this replica's decisions for them are void.
  static final class FencedException extends RuntimeException {
    private final transient Set<Integer> shards;

    public FencedException(Set<Integer> shards) {
      super("another replica owns the shards " + shards);
      this.shards = Set.copyOf(shards);
    }

    /// The shards that another replica owns.
    public Set<Integer> shards() {
      return shards;
    }
  }

  /// Stores changes in order.
  interface Journal {
    /// Stores changes, all or none.
    ///
    /// @return completes when the changes would survive a kill; fails when they contain a decision
    ///   and could not be stored. Facts are not lost: the journal retries them.
    CompletableFuture<Void> append(List<OutboxChange> changes);
  }
}
