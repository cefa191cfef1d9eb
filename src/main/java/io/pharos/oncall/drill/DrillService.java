package io.pharos.oncall.drill;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.Sha256;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.DrillGroup;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.escalation.Ladder;
import io.pharos.oncall.escalation.PersonGroups;
import io.pharos.oncall.schedule.DrillTimes;
import io.pharos.oncall.schedule.EscalationPolicy;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs fire drills. Each person of each level gets a separate alert group ([DrillGroup]), so ways,
/// links, cards and acknowledgements work as for any other group, and the drill goes on when a
/// person acknowledges. A drill is stored after each change: after a restart, or on another
/// replica, it continues. Thread-safe.
public final class DrillService {
  private static final Logger LOG = LoggerFactory.getLogger(DrillService.class);

  /// How often [#tick] must be called.
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  /// Maximum number of levels of a drill: with the longest waiting time, it ends within some days.
  static final int MAX_LEVELS = 50;

  /// A drill that the schedule could not start for so long does not start any more.
  static final Duration LATE = Duration.ofMinutes(10);

  /// How long a drill is kept after its end.
  static final Duration RETENTION = Duration.ofDays(400);

  /// Maximum length of a comment.
  public static final int MAX_COMMENT = 400;

  /* The end of a drill is told after a restart, too. */
  private static final Duration FOLLOWED = Duration.ofDays(1);

  private static final Duration SCHEDULE = Duration.ofSeconds(10);
  private static final Duration PRUNED = Duration.ofHours(1);

  private final DrillStore store;
  private final EscalationService policies;
  private final EpisodeService episodes;
  private final OutboxStore ledger;
  private final PersonGroups groups;
  private final DrillDuty duty;
  private final InstantSource clock;
  private Instant scheduledAt = Instant.EPOCH;
  private Instant prunedAt = Instant.EPOCH;
  private boolean isFailing;

  /// Creates the service; nothing happens before [#tick].
  ///
  /// @param ledger only its ledger is read
  /// @param flush flushes a group that belongs to no route
  /// @param ownership which groups this process flushes
  public DrillService(
      DrillStore store,
      EscalationService policies,
      EpisodeService episodes,
      OutboxStore ledger,
      PersonGroups.Flush flush,
      ShardOwnership ownership,
      InstantSource clock,
      MeterRegistry registry) {
    this.store = store;
    this.policies = policies;
    this.episodes = episodes;
    this.ledger = ledger;
    this.groups = new PersonGroups(flush, ownership);
    this.duty = new DrillDuty(store, registry);
    this.clock = clock;
  }

  /// What became of a wish to start a drill.
  public sealed interface Outcome {
    /// It has started.
    record Started(Drill drill) implements Outcome {}

    /// A drill of the policy goes on.
    record Running(String message) implements Outcome {}

    /// A field is invalid.
    record Invalid(String field, String value, String expected) implements Outcome {}
  }

  /// Starts a drill.
  ///
  /// @param wait waiting time of each level
  public Outcome start(String policy, String by, String comment, Duration wait) {
    return start(policy, by, comment, wait, null);
  }

  private Outcome start(
      String policy, String by, String comment, Duration wait, @Nullable Instant slot) {
    Optional<Ladder> ladder = policies.ladder(policy);
    if (ladder.isEmpty()) {
      return new Outcome.Invalid(
          "policy",
          policy,
          "a policy of oncall.yml with whose name alertmanager.yml has a receiver");
    }
    if (wait.compareTo(DrillTimes.MIN_WAIT) < 0 || wait.compareTo(DrillTimes.MAX_WAIT) > 0) {
      return new Outcome.Invalid("wait", PromDuration.format(wait), "a duration from 1s to 1h");
    }
    if (comment.length() > MAX_COMMENT) {
      return new Outcome.Invalid(
          "comment", comment.length() + " characters", "at most " + MAX_COMMENT + " characters");
    }
    List<Drill.Level> levels =
        ladder.get().firstRound().stream()
            .map(
                rung ->
                    new Drill.Level(
                        rung.level(),
                        rung.people(),
                        rung.rotations(),
                        rung.isImportant(),
                        null,
                        List.of()))
            .toList();
    if (levels.size() > MAX_LEVELS) {
      return new Outcome.Invalid(
          "policy", policy, "a policy with at most " + MAX_LEVELS + " levels in one round");
    }
    var drill =
        new Drill(
            0,
            policy,
            by,
            comment,
            wait,
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            slot,
            levels,
            null,
            0);
    return store
        .add(drill)
        .<Outcome>map(Outcome.Started::new)
        .orElseGet(() -> new Outcome.Running("a drill of the policy " + policy + " goes on"));
  }

  /// Returns the drill with a number.
  public Optional<Drill> find(long number) {
    return store.find(number);
  }

  /// Returns the newest drills, newest first.
  ///
  /// @param policy empty for all
  public List<Drill> newest(String policy, int limit) {
    return store.newest(policy, limit);
  }

  /// Returns the newest drill of each policy that receivers use, by policy; empty if it had none.
  public Map<String, Optional<Drill>> latest() {
    var latest = new LinkedHashMap<String, Optional<Drill>>();
    for (EscalationPolicy policy : policies.policies()) {
      latest.put(policy.name(), store.newest(policy.name(), 1).stream().findFirst());
    }
    return latest;
  }

  /// Flushes a group at once; returns false if it is no group of a drill of this process.
  ///
  /// @param now the notifier's time
  public boolean flush(String groupKey, Instant now) {
    return DrillGroup.isDrill(groupKey) && groups.flush(groupKey, now);
  }

  /// Starts scheduled drills, takes the due steps of open ones, and stores what has changed. If the
  /// store does not answer, the next call tries again.
  ///
  /// @param notifierNow the notifier's time
  public synchronized void tick(Instant notifierNow) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    try {
      if (!now.isBefore(scheduledAt.plus(SCHEDULE))) {
        scheduledAt = now;
        policies.policies().forEach(policy -> schedule(policy, now));
        duty.measure(policies, now);
      }
      var current = new ArrayList<Drill>();
      for (Drill drill : store.recent(now.minus(FOLLOWED))) {
        current.add(drill.isOpen() ? step(drill, now) : drill);
      }
      groups.follow(groups(current), notifierNow);
      if (!now.isBefore(prunedAt.plus(PRUNED))) {
        prunedAt = now;
        store.prune(now.minus(RETENTION));
      }
      isFailing = false;
    } catch (StoreUnavailableException e) {
      if (!isFailing) {
        LOG.warn("drills cannot be continued now; retrying: {}", e.getMessage());
      }
      isFailing = true;
    }
  }

  private static List<PersonGroups.Group> groups(List<Drill> drills) {
    var groups = new ArrayList<PersonGroups.Group>();
    for (Drill drill : drills) {
      for (Drill.Level level : drill.levels()) {
        for (Drill.Call call : level.calls()) {
          DrillGroup group = drill.group(level, call);
          groups.add(
              new PersonGroups.Group(
                  group.key(), group.labels(), group.receiver(), alert(drill, level, group)));
        }
      }
    }
    return groups;
  }

  private static TrackedAlert alert(Drill drill, Drill.Level level, DrillGroup group) {
    Instant began = Objects.requireNonNull(level.toldAt(), "a level with calls was told");
    Labels labels = group.labels().with("severity", "drill");
    return new TrackedAlert(
        labels,
        Fingerprint.of(labels),
        DrillWords.annotations(drill, level),
        began,
        drill.endedAt() == null ? began.plus(PersonGroups.REPEAT) : drill.endedAt(),
        drill.endedAt() == null ? began : drill.endedAt(),
        false,
        "");
  }

  private void schedule(EscalationPolicy policy, Instant now) {
    policy.drills().ifPresent(times -> schedule(policy.name(), times, now));
  }

  private void schedule(String policy, DrillTimes times, Instant now) {
    Instant since = store.scheduledSince(policy, times.definition(), now);
    Instant oldest = now.minus(LATE);
    for (Instant slot : times.begins(since.isAfter(oldest) ? since : oldest, now)) {
      switch (start(policy, "", "", times.patience(), slot)) {
        case Outcome.Started(Drill drill) ->
            LOG.info("drill {} of the policy {} begins by its schedule", drill.number(), policy);
        case Outcome.Running _ -> {} // this one, or another one that a person has started
        case Outcome.Invalid(String field, String value, String expected) ->
            LOG.error(
                "the drill of the policy {} cannot begin: {} {}: expected {}",
                policy,
                field,
                value,
                expected);
      }
    }
  }

  /// Returns the drill after what was seen and the steps that are due.
  private Drill step(Drill before, Instant now) {
    Drill seen = before.with(before.levels().stream().map(it -> seen(before, it)).toList(), null);
    Drill after = advanced(seen, now);
    if (after.equals(before)) {
      return before;
    }
    return store.save(after) ? after : before;
  }

  private Drill.Level seen(Drill drill, Drill.Level level) {
    return level.with(
        level.toldAt(), level.calls().stream().map(call -> seen(drill, level, call)).toList());
  }

  private Drill.Call seen(Drill drill, Drill.Level level, Drill.Call call) {
    DrillGroup group = drill.group(level, call);
    Optional<Episode> episode = episodes.latestByHash(Sha256.hex(group.key()));
    Optional<Acknowledgement> taken = episode.map(Episode::acknowledgement);
    boolean isMuted = groups.owns(group.key()) ? groups.isMuted(group.key()) : call.isMuted();
    boolean isFirst = call.acknowledgedAt() == null && taken.isPresent();
    return new Drill.Call(
        call.person(),
        episode.map(Episode::number).orElse(0L),
        isMuted,
        ways(group.key(), drill.startedAt()),
        isFirst ? taken.get().at().truncatedTo(ChronoUnit.MICROS) : call.acknowledgedAt(),
        isFirst ? taken.get().owner() : call.acknowledgedBy());
  }

  /* The newest message of each integration counts, in the order of the first ones. */
  private List<Drill.Way> ways(String groupKey, Instant since) {
    var ways = new LinkedHashMap<String, Drill.Way>();
    List<LedgerEntry> entries =
        ledger.ledger(
            new LedgerEntry.Query(
                "", "", groupKey, Optional.of(since), LedgerEntry.Query.MAX_LIMIT));
    for (LedgerEntry entry : entries.reversed()) {
      if (entry.groupStatus().equals("firing")) {
        ways.put(entry.key().integration().toString(), way(entry));
      }
    }
    return List.copyOf(ways.values());
  }

  private static Drill.Way way(LedgerEntry entry) {
    Instant at = entry.finishedAt() == null ? entry.decidedAt() : entry.finishedAt();
    return new Drill.Way(
        entry.key().integration().receiver(),
        entry.key().integration().type(),
        outcome(entry.status()),
        at.truncatedTo(ChronoUnit.MICROS));
  }

  private static Drill.Way.Outcome outcome(Delivery.Status status) {
    return switch (status) {
      case SENT -> Drill.Way.Outcome.SENT;
      case PENDING -> Drill.Way.Outcome.PENDING;
      case FAILED, SUPERSEDED -> Drill.Way.Outcome.FAILED;
    };
  }

  /// Tells the next level, or ends the drill: once everybody on the level has acknowledged, or its
  /// waiting time is over. A level without anybody on call has none.
  private Drill advanced(Drill drill, Instant now) {
    Optional<Drill.Level> told = drill.currentLevel();
    if (told.isPresent() && !isDone(told.get(), drill.patience(), now)) {
      return drill;
    }
    int next = drill.current() + 1;
    if (next >= drill.levels().size()) {
      return drill.with(drill.levels(), now);
    }
    Drill.Level level = drill.levels().get(next);
    var rung =
        new Ladder.Rung(
            level.level(),
            level.people(),
            level.rotations(),
            Duration.ZERO,
            level.isImportant(),
            false);
    var levels = new ArrayList<>(drill.levels());
    levels.set(
        next, level.with(now, policies.onCall(rung, now).stream().map(Drill.Call::of).toList()));
    return drill.with(levels, null);
  }

  private static boolean isDone(Drill.Level level, Duration wait, Instant now) {
    return level.calls().stream().allMatch(call -> call.acknowledgedAt() != null)
        || level.toldAt() == null
        || !now.isBefore(level.toldAt().plus(wait));
  }
}
