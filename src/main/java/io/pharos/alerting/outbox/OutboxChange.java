package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import java.time.Instant;
import java.util.List;

/// A change of the outbox or the notification log, to be stored in order.
public sealed interface OutboxChange {
  /// A delivery was decided. Nothing is sent before this is stored.
  record Decided(Delivery delivery) implements OutboxChange {}

  /// An attempt failed and another attempt follows.
  ///
  /// @param number number of the attempt, from 1
  record AttemptFailed(String deliveryId, int number, Instant at, String reason)
      implements OutboxChange {}

  /// A delivery has ended: no more attempts follow.
  ///
  /// @param status anything but pending
  /// @param attempts number of attempts made
  /// @param answer the receiver's answer, or the reason of the failure
  record Finished(
      String deliveryId, Delivery.Status status, int attempts, Instant at, String answer)
      implements OutboxChange {
    public Finished {
      if (status == Delivery.Status.PENDING) {
        throw new IllegalArgumentException(
            "found the status " + status + " for a finished delivery, expected another status");
      }
    }
  }

  /// A delivery was sent although its decision could not be stored.
  record SentDirectly(Delivery delivery, int attempts, Instant at, String answer)
      implements OutboxChange {}

  /// An integration was notified, or need not be notified.
  record Logged(NotificationLogEntry entry) implements OutboxChange {}

  /// Log entries have expired.
  record Forgotten(List<NotificationLogEntry.Key> keys) implements OutboxChange {
    public Forgotten {
      keys = List.copyOf(keys);
    }
  }

  /// Whether the change reports something that has already happened. Such a change is retried until
  /// it is stored.
  default boolean isFact() {
    return switch (this) {
      case Decided _ -> false;
      case AttemptFailed _, Finished _, SentDirectly _, Logged _, Forgotten _ -> true;
    };
  }
}
