package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;

/// A row of the outbox: a notification that was decided and is to be delivered.
///
/// @param firing all alerts of the group that fired at the decision
/// @param resolved all alerts of the group that were over, also where the message leaves them out
/// @param repeatInterval of the group's route
/// @param deadline until when it is tried
public record Delivery(
    NotificationLogKey key,
    Notification notification,
    FingerprintSet firing,
    FingerprintSet resolved,
    Duration repeatInterval,
    Instant deadline) {
  public Delivery {
    requireNonNull(key, "key is null");
    requireNonNull(notification, "notification is null");
    requireNonNull(firing, "firing is null");
    requireNonNull(resolved, "resolved is null");
    requireNonNull(repeatInterval, "repeatInterval is null");
    requireNonNull(deadline, "deadline is null");
  }

  public String id() {
    return notification.deliveryId();
  }

  NotificationLogEntry logEntry(Instant now) {
    return NotificationLogEntry.at(key, firing, resolved, now, repeatInterval);
  }

  Delivery withDeadline(Instant later) {
    return new Delivery(key, notification, firing, resolved, repeatInterval, later);
  }

  Delivery asPossibleDuplicate() {
    return new Delivery(
        key, notification.asPossibleDuplicate(), firing, resolved, repeatInterval, deadline);
  }

  /// Whether the message would tell the same as another.
  boolean tellsTheSame(FingerprintSet otherFiring, FingerprintSet otherResolved) {
    return firing.equals(otherFiring) && resolved.equals(otherResolved);
  }

  /// What became of a delivery.
  public enum Status {
    PENDING,
    SENT,
    FAILED,
    SUPERSEDED
  }
}
