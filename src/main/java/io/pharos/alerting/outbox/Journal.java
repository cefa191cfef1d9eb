package io.pharos.alerting.outbox;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Takes changes to be stored, in order.
public interface Journal {
  /// Stores changes, all or none.
  ///
  /// @return done when they would survive a kill; fails when they contain a decision and could not
  ///   be stored. Facts are not lost: the journal goes on trying.
  CompletableFuture<Void> append(List<OutboxChange> changes);
}
