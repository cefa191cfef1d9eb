package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;

/// What an integration was last told of a group.
///
/// @param firing the alerts that fired then
/// @param resolved the alerts that were over then
/// @param timestamp when it was told, after the send
/// @param expiresAt when it may be forgotten
public record NotificationLogEntry(
    NotificationLogKey key,
    FingerprintSet firing,
    FingerprintSet resolved,
    Instant timestamp,
    Instant expiresAt) {
  /// The longest time that an entry is kept.
  public static final Duration RETENTION = Duration.ofDays(5);

  public NotificationLogEntry {
    requireNonNull(key, "key is null");
    requireNonNull(firing, "firing is null");
    requireNonNull(resolved, "resolved is null");
    requireNonNull(timestamp, "timestamp is null");
    requireNonNull(expiresAt, "expiresAt is null");
  }

  public static NotificationLogEntry at(
      NotificationLogKey key,
      FingerprintSet firing,
      FingerprintSet resolved,
      Instant now,
      Duration repeatInterval) {
    Duration twice = repeatInterval.multipliedBy(2);
    Duration kept = twice.compareTo(RETENTION) < 0 ? twice : RETENTION;
    return new NotificationLogEntry(key, firing, resolved, now, now.plus(kept));
  }
}
