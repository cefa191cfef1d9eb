package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogKey;
import io.pharos.alerting.pipeline.NotifyReason;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A delivery in the ledger: which integration was notified of what, when, and with what result.
///
/// @param groupStatus `firing` or `resolved`
/// @param firing number of firing alerts
/// @param resolved number of resolved alerts
/// @param finishedAt null while pending
/// @param attempts number of attempts so far
/// @param answer the receiver's answer or the reason of the failure; empty while pending
/// @param failures failed attempts that were followed by another
public record LedgerEntry(
    String deliveryId,
    NotificationLogKey key,
    Labels groupLabels,
    String groupStatus,
    NotifyReason reason,
    int firing,
    int resolved,
    boolean possibleDuplicate,
    Instant decidedAt,
    @Nullable Instant finishedAt,
    Delivery.Status status,
    int attempts,
    String answer,
    List<Failure> failures) {
  public LedgerEntry {
    failures = List.copyOf(failures);
  }

  /// Returns a copy with failed attempts.
  public LedgerEntry withFailures(List<Failure> found) {
    return new LedgerEntry(
        deliveryId,
        key,
        groupLabels,
        groupStatus,
        reason,
        firing,
        resolved,
        possibleDuplicate,
        decidedAt,
        finishedAt,
        status,
        attempts,
        answer,
        found);
  }

  /// A failed attempt.
  public record Failure(int number, Instant at, String reason) {}
}
