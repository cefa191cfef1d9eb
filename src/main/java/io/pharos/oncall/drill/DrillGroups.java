package io.pharos.oncall.drill;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.alerting.pipeline.Pipeline.Flushed;
import io.pharos.model.Labels;
import io.pharos.oncall.escalation.DrillGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The alert groups of drills, which this process flushes beside those of routes. Thread-safe.
final class DrillGroups {
  /// When a group is flushed again: the usual `group_interval`. A delivery is tried for so long.
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  /// When a muted group is flushed again: the silence may have ended.
  private static final Duration MUTED = Duration.ofSeconds(10);

  /// No message is repeated: the longest drill, 50 levels of an hour, is shorter.
  private static final Duration REPEAT = Duration.ofDays(3);

  private record Group(DrillGroup group, TrackedAlert alert) {}

  private final DrillService.Flush pipeline;
  private final ShardOwnership ownership;
  private final Map<String, Group> groups = new LinkedHashMap<>();
  private final Map<String, Instant> flushedAt = new HashMap<>();
  private final Set<String> muted = new HashSet<>();

  /// Groups whose end was told. Deliveries add to it while they hold their own locks.
  private final Set<String> over = ConcurrentHashMap.newKeySet();

  DrillGroups(DrillService.Flush pipeline, ShardOwnership ownership) {
    this.pipeline = pipeline;
    this.ownership = ownership;
  }

  /// Follows the groups of these drills, and no others, and flushes those that are due.
  ///
  /// @param now the notifier's time
  synchronized void follow(List<Drill> drills, Instant now) {
    var current = new LinkedHashMap<String, Group>();
    for (Drill drill : drills) {
      for (Drill.Level level : drill.levels()) {
        for (Drill.Call call : level.calls()) {
          DrillGroup group = drill.group(level, call);
          current.put(group.key(), new Group(group, alert(drill, level, group)));
        }
      }
    }
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

  /// Flushes a group; returns false if it is no group of a drill of this process.
  synchronized boolean flush(String key, Instant now) {
    Group group = groups.get(key);
    if (group == null || !ownership.owns(key)) {
      return false;
    }
    Flushed flushed =
        pipeline.flush(
            new FlushContext(
                key,
                group.group().labels(),
                group.group().receiver(),
                List.of(),
                List.of(),
                INTERVAL,
                REPEAT,
                now),
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
  synchronized boolean isMuted(DrillGroup group) {
    return muted.contains(group.key());
  }

  /// Whether this process flushes a group.
  boolean owns(DrillGroup group) {
    return ownership.owns(group.key());
  }

  private static TrackedAlert alert(Drill drill, Drill.Level level, DrillGroup group) {
    Instant began = Objects.requireNonNull(level.toldAt(), "a level with calls was told");
    Labels labels = group.labels().with("severity", "drill");
    return new TrackedAlert(
        labels,
        Fingerprint.of(labels),
        DrillWords.annotations(drill, level),
        began,
        drill.endedAt() == null ? began.plus(REPEAT) : drill.endedAt(),
        drill.endedAt() == null ? began : drill.endedAt(),
        false,
        "");
  }
}
