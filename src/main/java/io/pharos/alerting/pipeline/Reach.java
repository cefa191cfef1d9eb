package io.pharos.alerting.pipeline;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What is known about one integration and one group.
///
/// @param last what it was last told; null if nothing
/// @param isPending whether a delivery is being sent
/// @param failedAt when a delivery last failed for good; null if none has, or if it was sent since
/// @param isUnstored whether the last decision could not be stored, so that nothing was sent
public record Reach(
    @Nullable NotificationLogEntry last,
    boolean isPending,
    @Nullable Instant failedAt,
    boolean isUnstored) {
  /// Whether a message about firing alerts was sent to it, or is being sent.
  public boolean isTold() {
    return isPending || (last != null && !last.firing().isEmpty());
  }

  /// Whether its last message was about firing alerts and was sent at an instant or later.
  public boolean isToldSince(Instant since) {
    return last != null && !last.firing().isEmpty() && !last.timestamp().isBefore(since);
  }

  /// Whether its last message was about the group's end and was sent after an instant.
  public boolean isToldEndAfter(Instant time) {
    return last != null && last.firing().isEmpty() && last.timestamp().isAfter(time);
  }
}
