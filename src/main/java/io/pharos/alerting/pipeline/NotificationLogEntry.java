package io.pharos.alerting.pipeline;

import java.time.Duration;
import java.time.Instant;

/// The state of one group as the last notification of an integration reported it.
///
/// @param firing the alerts that were firing
/// @param resolved the alerts that were resolved
/// @param timestamp when the notification was sent
/// @param expiresAt when the entry may be deleted
public record NotificationLogEntry(
    Key key, FingerprintSet firing, FingerprintSet resolved, Instant timestamp, Instant expiresAt) {
  /// Maximum time that an entry is kept.
  public static final Duration RETENTION = Duration.ofDays(5);

  /// Creates an entry that is kept for twice the repeat interval, but at most [#RETENTION].
  public static NotificationLogEntry at(
      Key key,
      FingerprintSet firing,
      FingerprintSet resolved,
      Instant now,
      Duration repeatInterval) {
    Duration twice = repeatInterval.multipliedBy(2);
    Duration kept = twice.compareTo(RETENTION) < 0 ? twice : RETENTION;
    return new NotificationLogEntry(key, firing, resolved, now, now.plus(kept));
  }

  /// Returns the entry with times that are earlier by a duration.
  public NotificationLogEntry movedBack(Duration by) {
    return new NotificationLogEntry(
        key, firing, resolved, timestamp.minus(by), expiresAt.minus(by));
  }

  /// Returns the entry, moved back if its notification would not have been sent yet because the
  /// clock was set back since.
  public NotificationLogEntry notAfter(Instant now) {
    return timestamp.isAfter(now) ? movedBack(Duration.between(now, timestamp)) : this;
  }

  /// Key of an entry in the notification log and the outbox: a group and an integration.
  public record Key(String groupKey, Integration.Id integration) {}
}
