package io.pharos.oncall.episode;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The groups that this process flushes, and which of them have changed since they were recorded.
/// Thread-safe; only one thread may record.
final class FollowedGroups {
  /// Maximum number of groups that are followed in memory.
  static final int MAX_GROUPS = 50_000;

  /// Groups that one call records.
  private static final int BATCH = 200;

  /// When the state of a pending delivery is read again.
  private static final Duration PENDING = Duration.ofSeconds(5);

  private static final Duration LEDGER = Duration.ofDays(5);

  private final EpisodeStore store;
  private final OutboxStore outbox;
  private final EpisodeRecorder recorder;
  private final Counter unfollowed;
  private final Map<String, Followed> groups = new ConcurrentHashMap<>();
  private final Map<String, Instant> due = new ConcurrentHashMap<>();

  /// Smaller after a failure, so that a group that cannot be recorded does not hold others back.
  private int batch = BATCH;

  /// A group that this process flushes.
  private static final class Followed {
    volatile EpisodeRecorder.Seen seen;
    volatile Instant flushedAt;

    /// The last flush without firing alerts that is not recorded yet; null if there is none.
    volatile EpisodeRecorder.@Nullable Seen over;

    /// Whether the recorder has seen everything since the episode was stored.
    boolean isRecorded;

    /// Outcomes of the recorded deliveries.
    Map<String, String> told = Map.of();

    /// Returns the flush to record next.
    EpisodeRecorder.Seen next() {
      EpisodeRecorder.Seen ended = over;
      return ended == null ? seen : ended;
    }

    Followed(EpisodeRecorder.Seen seen) {
      this.seen = seen;
      this.flushedAt = seen.context().now();
      see(seen);
    }

    void see(EpisodeRecorder.Seen now) {
      seen = now;
      if (now.firing().isEmpty()) {
        over = now;
      }
    }
  }

  FollowedGroups(
      EpisodeStore store, OutboxStore outbox, EpisodeRecorder recorder, MeterRegistry registry) {
    this.store = store;
    this.outbox = outbox;
    this.recorder = recorder;
    this.unfollowed =
        Counter.builder("pharos.episodes.unfollowed")
            .description("Changes of groups that are not recorded, because there are too many.")
            .register(registry);
  }

  /// Remembers a flush.
  void flushed(FlushContext context, List<TrackedAlert> alerts, Map<Fingerprint, String> muted) {
    String key = context.groupKey();
    Followed followed = groups.get(key);
    if (followed == null) {
      if (groups.size() >= MAX_GROUPS) {
        unfollowed.increment();
        return;
      }
      groups.put(key, new Followed(new EpisodeRecorder.Seen(context, alerts, muted)));
      due.put(key, Instant.EPOCH);
    } else {
      followed.flushedAt = context.now();
      var seen = new EpisodeRecorder.Seen(context, alerts, muted);
      if (isSame(followed.seen, context.now(), alerts, muted)) {
        followed.seen = seen; // so that alerts that were posted again are not kept twice
      } else {
        followed.see(seen);
        due.put(key, Instant.EPOCH);
      }
    }
  }

  private static boolean isSame(
      EpisodeRecorder.Seen seen,
      Instant now,
      List<TrackedAlert> alerts,
      Map<Fingerprint, String> muted) {
    if (seen.alerts().size() != alerts.size() || !seen.muted().equals(muted)) {
      return false;
    }
    for (int i = 0; i < alerts.size(); i++) {
      TrackedAlert before = seen.alerts().get(i);
      TrackedAlert after = alerts.get(i);
      if (!before.fingerprint().equals(after.fingerprint())
          || !before.startsAt().equals(after.startsAt())
          || before.isResolved(seen.context().now()) != after.isResolved(now)) {
        return false;
      }
    }
    return true;
  }

  /// Marks a group whose deliveries or acknowledgement have changed.
  void delivering(String groupKey) {
    if (due.size() < MAX_GROUPS) {
      due.put(groupKey, Instant.EPOCH);
    } else {
      unfollowed.increment();
    }
  }

  /// Records the groups that have changed. If the store does not answer, they stay due.
  ///
  /// @param save stores changes and returns the group keys of those that were overtaken
  void record(Instant now, Function<List<EpisodeStore.Change>, Set<String>> save) {
    List<String> keys =
        due.entrySet().stream()
            .filter(entry -> !entry.getValue().isAfter(now))
            .limit(batch)
            .map(Map.Entry::getKey)
            .toList();
    if (keys.isEmpty()) {
      return;
    }
    keys.forEach(due::remove);
    try {
      record(keys, now, save);
      batch = BATCH;
    } catch (RuntimeException e) {
      batch = Math.max(1, keys.size() / 2);
      keys.forEach(key -> due.putIfAbsent(key, now.plus(EpisodeService.INTERVAL)));
      throw e;
    }
  }

  private void record(
      List<String> keys, Instant now, Function<List<EpisodeStore.Change>, Set<String>> save) {
    var latestOf = new LinkedHashMap<String, Optional<Episode>>();
    keys.forEach(key -> latestOf.put(key, store.latest(key)));
    Map<String, List<LedgerEntry>> ledgers = ledgerOf(latestOf, now);
    var changes = new ArrayList<EpisodeStore.Change>();
    for (String key : keys) {
      Followed followed = groups.get(key);
      Optional<Episode> latest = latestOf.getOrDefault(key, Optional.empty());
      List<LedgerEntry> ledger = ledgers.getOrDefault(key, List.of());
      if (ledger.stream().anyMatch(entry -> entry.status() == Delivery.Status.PENDING)) {
        due.putIfAbsent(key, now.plus(PENDING));
      }
      Optional<EpisodeStore.Change> change =
          recorder.next(
              latest,
              followed == null ? null : followed.next(),
              ledger,
              followed == null || !followed.isRecorded,
              now);
      change
          .map(it -> news(it, followed))
          .filter(it -> !it.events().isEmpty() || !latest.equals(Optional.of(it.after())))
          .ifPresentOrElse(changes::add, () -> recorded(key, followed, latest, List.of()));
    }
    if (changes.isEmpty()) {
      return;
    }
    Set<String> overtaken = save.apply(changes);
    for (EpisodeStore.Change change : changes) {
      String key = change.after().groupKey();
      if (overtaken.contains(key)) {
        due.put(key, Instant.EPOCH);
      } else {
        recorded(key, groups.get(key), Optional.of(change.after()), change.events());
      }
    }
  }

  private static EpisodeStore.Change news(EpisodeStore.Change change, @Nullable Followed followed) {
    return followed == null
        ? change
        : new EpisodeStore.Change(
            change.after(),
            change.events().stream()
                .filter(event -> !event.outcome().equals(followed.told.get(event.key())))
                .toList());
  }

  private void recorded(
      String key, @Nullable Followed followed, Optional<Episode> after, List<EpisodeEvent> events) {
    if (followed == null) {
      return;
    }
    boolean isOver = followed.seen.firing().isEmpty();
    if (followed.over != null && after.filter(Episode::isOpen).isEmpty()) {
      followed.over = null;
      if (!isOver) {
        due.put(key, Instant.EPOCH);
      }
    }
    if (after.filter(Episode::isOpen).isEmpty() && !isOver && !followed.isRecorded) {
      // An end that was missed is recorded first, then what fires now.
      due.putIfAbsent(key, Instant.EPOCH);
    }
    followed.isRecorded = after.isEmpty() || after.get().isOpen() || followed.isRecorded || isOver;
    var told = new HashMap<>(followed.told);
    events.stream()
        .filter(event -> event.kind() == EpisodeEvent.Kind.NOTIFIED)
        .forEach(event -> told.put(event.key(), event.outcome()));
    followed.told = told;
    if (isOver && after.filter(Episode::isOpen).isEmpty() && !due.containsKey(key)) {
      groups.remove(key, followed);
    }
  }

  /// Returns the deliveries of a group since its newest episode began, newest first.
  List<LedgerEntry> ledger(Episode latest, Instant now) {
    String key = latest.groupKey();
    return ledgerOf(Map.of(key, Optional.of(latest)), now).getOrDefault(key, List.of());
  }

  /* One pass over the ledger: in the embedded store it reads whole files. */
  private Map<String, List<LedgerEntry>> ledgerOf(
      Map<String, Optional<Episode>> latest, Instant now) {
    Instant oldest = now.minus(LEDGER);
    var since = new HashMap<String, Instant>();
    latest.forEach(
        (key, episode) ->
            since.put(
                key,
                episode
                    .map(Episode::startedAt)
                    .filter(start -> start.isAfter(oldest))
                    .orElse(oldest)));
    return outbox.ledgerOf(since);
  }

  /// Forgets the groups that are no longer flushed.
  void forgetGone(Instant now) {
    groups.keySet().removeIf(key -> !contains(key, now));
  }

  /// Whether this process still flushes a group.
  boolean contains(String groupKey, Instant now) {
    Followed followed = groups.get(groupKey);
    return followed != null
        && followed
            .flushedAt
            .plus(followed.seen.context().groupInterval().multipliedBy(2))
            .plus(EpisodeService.GC_INTERVAL)
            .isAfter(now);
  }
}
