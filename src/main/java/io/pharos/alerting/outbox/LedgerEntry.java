package io.pharos.alerting.outbox;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.NotificationLogKey;
import io.pharos.alerting.pipeline.NotifyReason;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A delivery as people look it up: who was told what, when, and what came of it.
///
/// @param groupStatus `firing` or `resolved`
/// @param firing how many alerts fired
/// @param resolved how many alerts were over
/// @param finishedAt null while it is pending
/// @param attempts how many were made so far
/// @param answer what the receiver said, or why it failed; empty while pending
/// @param failures the attempts that did not work and were followed by another
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
    requireNonNull(deliveryId, "deliveryId is null");
    requireNonNull(key, "key is null");
    failures = List.copyOf(failures);
  }

  /// The same with its failed attempts.
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

  /// An attempt that did not work.
  public record Failure(int number, Instant at, String reason) {}
}
