package io.pharos.alerting.notify;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// What each integration was last told of each group, in memory. Thread-safe.
final class NotificationLog {
  private final Map<LogKey, LogEntry> entries = new ConcurrentHashMap<>();

  Optional<LogEntry> get(LogKey key) {
    return Optional.ofNullable(entries.get(key));
  }

  void put(LogEntry entry) {
    entries.put(entry.key(), entry);
  }

  /// Forgets what is another replica's to know.
  void removeIf(Predicate<LogKey> condition) {
    entries.keySet().removeIf(condition);
  }

  /// Forgets what has expired.
  List<LogKey> removeExpired(Instant now) {
    List<LogEntry> expired =
        entries.values().stream().filter(entry -> entry.expiresAt().isBefore(now)).toList();
    return expired.stream()
        .filter(entry -> entries.remove(entry.key(), entry))
        .map(LogEntry::key)
        .toList();
  }
}
