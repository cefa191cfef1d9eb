package io.pharos.alerting.outbox;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotificationLogKey;
import java.time.Instant;
import java.util.List;

/// One thing that happened to the outbox or the notification log, to be stored in order.
public sealed interface OutboxChange {
  /// A delivery is to be made. Nothing is sent before this is stored.
  record Decided(Delivery delivery) implements OutboxChange {
    public Decided {
      requireNonNull(delivery, "delivery is null");
    }
  }

  /// An attempt did not work and another follows.
  ///
  /// @param number from 1
  record AttemptFailed(String deliveryId, int number, Instant at, String reason)
      implements OutboxChange {}

  /// No more attempts follow.
  ///
  /// @param status anything but pending
  /// @param attempts how many were made
  /// @param answer what the receiver said, or why not
  record Finished(
      String deliveryId, Delivery.Status status, int attempts, Instant at, String answer)
      implements OutboxChange {
    public Finished {
      if (status == Delivery.Status.PENDING) {
        throw new IllegalArgumentException(status + ": a finished delivery is not pending");
      }
    }
  }

  /// A delivery was made although its decision could not be stored.
  record SentDirectly(Delivery delivery, int attempts, Instant at, String answer)
      implements OutboxChange {}

  /// What an integration was last told.
  record Logged(NotificationLogEntry entry) implements OutboxChange {}

  /// Log entries that may go.
  record Forgotten(List<NotificationLogKey> keys) implements OutboxChange {
    public Forgotten {
      keys = List.copyOf(keys);
    }
  }

  /// Whether it tells of something that has happened already and so must be stored in the end,
  /// however often that fails at first.
  default boolean isFact() {
    return switch (this) {
      case Decided _ -> false;
      case AttemptFailed _, Finished _, SentDirectly _, Logged _, Forgotten _ -> true;
    };
  }
}
