package io.pharos.alerting.outbox;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Stores changes in order.
public interface Journal {
  /// Stores changes, all or none.
  ///
  /// @return completes when the changes would survive a kill; fails when they contain a decision
  ///   and could not be stored. Facts are not lost: the journal retries them.
  CompletableFuture<Void> append(List<OutboxChange> changes);
}
