package io.pharos.oncall.escalation;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.alerting.pipeline.Pipeline.Flushed;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Alert groups that tell one person each and belong to no route: those of drills, and those about
/// the begin of a shift. This process flushes them beside the groups of routes. Thread-safe.
public final class PersonGroups {
  /// When a group is flushed again: the usual `group_interval`. A delivery is tried for so long.
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  /// When a muted group is flushed again: the silence may have ended.
  private static final Duration MUTED = Duration.ofSeconds(10);

  /// No message is repeated: no group is followed for so long. The longest drill has 50 levels of
  /// an hour.
  public static final Duration REPEAT = Duration.ofDays(3);

  /// A group with one alert.
  public record Group(String key, Labels labels, String receiver, TrackedAlert alert) {}

  /// Flushes a group.
  public interface Flush {
    /// Decides about the messages of a group, see [io.pharos.alerting.pipeline.Pipeline#flush].
    Flushed flush(FlushContext context, List<TrackedAlert> alerts);
  }

  private final Flush pipeline;
  private final ShardOwnership ownership;
  private final Map<String, Group> groups = new LinkedHashMap<>();
  private final Map<String, Instant> flushedAt = new HashMap<>();
  private final Set<String> muted = new HashSet<>();

  /// Groups whose end was told. Deliveries add to it while they hold their own locks.
  private final Set<String> over = ConcurrentHashMap.newKeySet();

  /// @param pipeline flushes a group that belongs to no route
  /// @param ownership which groups this process flushes
  public PersonGroups(Flush pipeline, ShardOwnership ownership) {
    this.pipeline = pipeline;
    this.ownership = ownership;
  }

  /// Follows these groups, and no others, and flushes those that are due.
  ///
  /// @param now the notifier's time
  public synchronized void follow(List<Group> all, Instant now) {
    var current = new LinkedHashMap<String, Group>();
    all.forEach(group -> current.put(group.key(), group));
    groups.clear();
    groups.putAll(current);
    flushedAt.keySet().retainAll(current.keySet());
    muted.retainAll(current.keySet());
    over.retainAll(current.keySet());
    groups.forEach(
        (key, group) -> {
          Instant last = flushedAt.getOrDefault(key, Instant.EPOCH);
          Instant end = group.alert().endsAt();
          boolean isNew = last.isBefore(end) && !end.isAfter(now);
          Duration interval = muted.contains(key) ? MUTED : INTERVAL;
          if (!over.contains(key) && (isNew || !now.isBefore(last.plus(interval)))) {
            flush(key, now);
          }
        });
  }

  /// Flushes a group; returns false if it is none of these groups, or another process has it.
  public synchronized boolean flush(String key, Instant now) {
    Group group = groups.get(key);
    if (group == null || !ownership.owns(key)) {
      return false;
    }
    Flushed flushed =
        pipeline.flush(
            new FlushContext(
                key, group.labels(), group.receiver(), List.of(), List.of(), INTERVAL, REPEAT, now),
            List.of(group.alert()));
    flushedAt.put(key, now);
    if (flushed.muted().isEmpty()) {
      muted.remove(key);
    } else {
      muted.add(key);
    }
    if (group.alert().isResolved(now)) {
      var _ =
          flushed
              .notified()
              .thenAccept(
                  isNotified -> {
                    if (isNotified) {
                      over.add(key);
                    }
                  });
    }
    return true;
  }

  /// Whether a silence or an inhibition holds the messages of a group of this process back.
  public synchronized boolean isMuted(String key) {
    return muted.contains(key);
  }

  /// Whether this process flushes a group.
  public boolean owns(String key) {
    return ownership.owns(key);
  }
}
