package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotificationLogKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// What each integration was last told of each group, in memory. Thread-safe.
final class NotificationLog {
  private final Map<NotificationLogKey, NotificationLogEntry> entries = new ConcurrentHashMap<>();

  Optional<NotificationLogEntry> get(NotificationLogKey key) {
    return Optional.ofNullable(entries.get(key));
  }

  void put(NotificationLogEntry entry) {
    entries.put(entry.key(), entry);
  }

  /// Forgets what is another replica's to know.
  void removeIf(Predicate<NotificationLogKey> condition) {
    entries.keySet().removeIf(condition);
  }

  /// Forgets what has expired.
  List<NotificationLogKey> removeExpired(Instant now) {
    List<NotificationLogEntry> expired =
        entries.values().stream().filter(entry -> entry.expiresAt().isBefore(now)).toList();
    return expired.stream()
        .filter(entry -> entries.remove(entry.key(), entry))
        .map(NotificationLogEntry::key)
        .toList();
  }
}
