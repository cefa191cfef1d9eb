package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Stores the outbox and the notification log across restarts. Methods throw unchecked exceptions
/// on failure.
public interface OutboxStore {
  /// Stores changes in order, all or none. Returns once a kill of the process can no longer lose
  /// them. Alerts that were passed to the same store earlier are on disk before these changes.
  void apply(List<OutboxChange> changes);

  /// Loads the pending deliveries, oldest first.
  List<Delivery> pending();

  /// Loads all entries of the notification log.
  List<NotificationLogEntry> log();

  /// Loads the deliveries that match a query, newest first.
  List<LedgerEntry> ledger(LedgerEntry.Query query);

  /// Loads the deliveries of groups, newest first, in one pass over the ledger. They may lack their
  /// failed attempts.
  ///
  /// @param since by group key, the instant from which on its deliveries were decided
  /// @return by group key, at most [LedgerEntry.Query#MAX_LIMIT] of a group; groups without
  ///   deliveries are absent
  Map<String, List<LedgerEntry>> ledgerOf(Map<String, Instant> since);

  /// Deletes deliveries that finished before an instant.
  void forgetFinishedBefore(Instant limit);

  /// Thrown if another replica owns some shards now. This replica's decisions for these shards are
  /// not stored.
  static final class FencedException extends RuntimeException {
    private final transient Set<Integer> shards;

    public FencedException(Set<Integer> shards) {
      super("another replica owns the shards " + shards);
      this.shards = Set.copyOf(shards);
    }

    /// Returns the shards that another replica owns.
    public Set<Integer> shards() {
      return shards;
    }
  }

  /// Stores changes in order.
  interface Journal {
    /// Stores changes, all or none.
    ///
    /// @return a future that completes once a kill of the process can no longer lose the changes.
    ///   It fails if the changes contain a decision and cannot be stored. Facts are not lost: the
    ///   journal stores them later.
    CompletableFuture<Void> append(List<OutboxChange> changes);
  }
}
