package io.pharos.oncall.escalation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.Escalations.Flush;
import io.pharos.alerting.pipeline.Escalations.Reached;
import io.pharos.alerting.pipeline.Reach;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.EscalationPolicy;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Escalates the policies of groups. Steps are taken when a group is flushed, in memory only:
/// [#tick] flushes the groups with due steps, and [#record] stores what has changed. A step that is
/// taken a second time, because a kill came before it was stored, tells nobody twice, see
/// [Escalation]. Thread-safe.
public final class EscalationService {
  private static final Logger LOG = LoggerFactory.getLogger(EscalationService.class);

  /// How often [#tick] and [#record] must be called.
  public static final Duration INTERVAL = Duration.ofMillis(500);

  private static final Duration OVERRIDES = Duration.ofSeconds(2);

  /// States of groups that no longer exist are deleted after so long; others are stored again.
  private static final Duration KEPT = Duration.ofDays(3);

  private static final Duration RENEWED = Duration.ofDays(1);
  private static final long NOT_LOADED = -1;

  private final EscalationStore store;
  private final EpisodeKeeper episodes;
  private final EscalationEvents events;
  private final Supplier<List<DutyOverride>> overrideStore;
  private final InstantSource clock;
  private final Counter failures;
  private final Map<String, Live> lives = new ConcurrentHashMap<>();
  private final Map<String, Instant> ended = new ConcurrentHashMap<>();
  private volatile List<DutyOverride> overrides = List.of();
  private volatile @Nullable PolicyPlan current;
  private Instant overridesAt = Instant.EPOCH;
  private Instant tickedAt = Instant.EPOCH;
  private Instant prunedAt = Instant.EPOCH;
  private long version = NOT_LOADED;
  private boolean failing;

  /// A group with a policy. Its lock guards all fields.
  private static final class Live {
    @Nullable Escalation state;
    String receiver = "";
    boolean isOurs;
    boolean isGone;
    boolean isDirty;
    boolean isHeld;
    Instant savedAt = Instant.EPOCH;
    Instant flushedAt = Instant.EPOCH;
    @Nullable Instant look;
    Function<String, List<Reach>> reach = _ -> List.of();
    Set<String> severities = Set.of();
    @Nullable PolicyPlan plan;
    @Nullable Ladder ladder;
  }

  /// Creates a service that knows no state before [#record].
  ///
  /// @param overrides reads the overrides of rotations
  /// @param log adds events to the timeline of a group's episode
  public EscalationService(
      EscalationStore store,
      EpisodeKeeper episodes,
      EscalationEvents.Log log,
      Supplier<List<DutyOverride>> overrides,
      InstantSource clock,
      MeterRegistry registry) {
    this.store = store;
    this.episodes = episodes;
    this.events = new EscalationEvents(log);
    this.overrideStore = overrides;
    this.clock = clock;
    this.failures =
        Counter.builder("pharos.escalations.failures")
            .description("Failed attempts to store how far policies have gone; they are repeated.")
            .register(registry);
  }

  /// Returns the policies of one configuration.
  ///
  /// @param receivers names of all receivers; a policy is used if a receiver has its name
  /// @param root receiver of the root route: the fallback of policies without one, unless it is a
  ///   policy too
  /// @param fallbacks returns the configured fallback of a receiver
  public Escalations of(
      OnCallPlan plan,
      Set<String> receivers,
      String root,
      Function<String, Optional<String>> fallbacks) {
    Optional<String> last = Optional.of(root).filter(it -> plan.policy(it).isEmpty());
    PolicyPlan policies =
        PolicyPlan.of(plan, receivers, name -> fallbacks.apply(name).or(() -> last), this);
    if (current == null) {
      current = policies;
    }
    return policies;
  }

  List<Reached> flushed(Flush flush, PolicyPlan plan) {
    current = plan;
    String key = flush.context().groupKey();
    @Nullable Ladder ladder = plan.ladder(flush.context());
    while (true) {
      @Nullable Live live = lives.get(key);
      if (live == null) {
        if (ladder == null) {
          return List.of();
        }
        live = lives.computeIfAbsent(key, _ -> new Live());
      }
      synchronized (live) {
        if (!live.isGone) {
          return flushed(live, flush, plan, ladder);
        }
      }
    }
  }

  private List<Reached> flushed(Live live, Flush flush, PolicyPlan plan, @Nullable Ladder ladder) {
    live.reach = flush.reach();
    live.flushedAt = flush.context().now();
    live.plan = plan;
    live.ladder = ladder;
    live.severities =
        flush.firing().stream()
            .map(alert -> alert.labels().get("severity"))
            .collect(Collectors.toSet());
    live.receiver = flush.context().receiver();
    if (flush.isOver()) {
      return over(live, flush, plan);
    }
    @Nullable Escalation known = live.state;
    if (known != null && !live.isOurs && hasEnded(known, flush)) {
      known = null;
    }
    live.isOurs = true;
    Instant now = flush.context().now();
    boolean isMuted = flush.firing().isEmpty();
    if (ladder != null && !isMuted) {
      Escalation before = known != null ? known : Beginning.of(flush, plan, ladder, overrides);
      change(live, next(live, before, now, plan, ladder), plan);
    } else if (known != null && isMuted && known.mutedAt() == null) {
      change(live, known.mutedSince(now.truncatedTo(ChronoUnit.MICROS)), plan);
      live.look = null;
    }
    if (live.state == null) {
      lives.remove(flush.context().groupKey(), live);
      live.isGone = true;
      return List.of();
    }
    List<Reached> told = plan.told(live.state, live.receiver);
    EpisodeKeeper.@Nullable Acknowledged by = live.isHeld ? acknowledged(live.state) : null;
    return by == null || by.asksSince(now) == null
        ? told
        : plan.withOwner(told, by, live.state, now);
  }

  /// Returns the state once all due steps are taken, and decides when to look again.
  private Escalation next(
      Live live, Escalation before, Instant now, PolicyPlan plan, Ladder ladder) {
    Escalation state = before;
    EpisodeKeeper.@Nullable Acknowledged by = acknowledged(state);
    live.look = null;
    live.isHeld = by != null && by.holds(now);
    if (live.isHeld) {
      return state.mutedSince(null); // its end restarts the waiting times, too
    }
    if (by != null && by.ended().reason() != null && by.ended().at().isAfter(state.waitsFrom())) {
      state = Climb.restarted(state, by.ended().at().truncatedTo(ChronoUnit.MICROS));
    }
    if (before.mutedAt() != null) {
      state = Climb.restarted(state, now.truncatedTo(ChronoUnit.MICROS));
    }
    Climb.Climbed climbed =
        Climb.of(
            state,
            new Climb.Situation(
                now,
                ladder,
                live.severities,
                rung -> plan.onCall(rung, now, overrides),
                plan.people(state.groupKey()),
                live.reach));
    live.look = climbed.look();
    return climbed.after();
  }

  /* An acknowledgement of an earlier episode does not count. */
  private EpisodeKeeper.@Nullable Acknowledged acknowledged(Escalation state) {
    EpisodeKeeper.@Nullable Acknowledged by = episodes.acknowledged(state.groupKey());
    return by == null || by.at().isBefore(state.startedAt()) ? null : by;
  }

  private void change(Live live, Escalation after, PolicyPlan plan) {
    @Nullable Escalation before = live.state;
    if (!after.equals(before)) {
      live.state = after;
      live.isDirty = true;
      events.add(before, after);
      if (after.fallbackAt() != null
          && (before == null || before.fallbackAt() == null)
          && plan.fallbacks().apply(live.receiver).isEmpty()) {
        LOG.error(
            "{}: nobody of the policy {} can be reached, and it has no fallback. Add one to"
                + " pharos.yml",
            after.groupKey(),
            after.policy());
      }
    }
  }

  /// Ends the policy of a group. Receivers that another process told get the end, too.
  private List<Reached> over(Live live, Flush flush, PolicyPlan plan) {
    String key = flush.context().groupKey();
    var all = new ArrayList<Reached>();
    if (live.state != null) {
      all.addAll(plan.told(live.state, live.receiver));
      ended.put(key, live.state.startedAt());
    }
    Set<String> known = all.stream().map(Reached::receiver).collect(Collectors.toSet());
    plan.receivers().stream()
        .filter(name -> !known.contains(name))
        .sorted()
        .forEach(name -> all.add(new Reached(name, null)));
    live.isGone = true;
    lives.remove(key, live);
    return all;
  }

  private static boolean hasEnded(Escalation state, Flush flush) {
    return state.calls().stream()
        .flatMap(call -> call.tries().stream())
        .flatMap(one -> flush.reach().apply(one.way()).stream())
        .anyMatch(reach -> reach.isToldEndAfter(state.startedAt()));
  }

  /// Flushes the groups in which a step is due, a way has failed, or an acknowledgement has ended.
  ///
  /// @param now the notifier's time
  /// @param flush flushes a group; returns false if this process does not have it
  public void tick(Instant now, Predicate<String> flush) {
    // The clock was set back some time after the last call; too early is better than twice.
    Duration back = Duration.between(now, tickedAt).plus(INTERVAL);
    boolean isBack = now.isBefore(tickedAt);
    tickedAt = now;
    lives.forEach(
        (key, live) -> {
          boolean isDue;
          synchronized (live) {
            if (isBack && live.state != null) {
              live.state = live.state.movedBack(back);
              live.look = now;
            }
            isDue = live.isOurs && isDue(live, now);
          }
          if (isDue && !flush.test(key)) {
            synchronized (live) {
              live.isOurs = false;
            }
          }
        });
  }

  /* A flush also tells others of new members, so a group is flushed only for a step. */
  private boolean isDue(Live live, Instant now) {
    @Nullable Escalation state = live.state;
    PolicyPlan plan = live.plan;
    @Nullable Ladder ladder = live.ladder;
    if (state == null || plan == null || ladder == null || state.mutedAt() != null) {
      return false;
    }
    if (live.isHeld) {
      EpisodeKeeper.@Nullable Acknowledged by = acknowledged(state);
      return by == null || !by.holds(now);
    }
    if (live.look == null) {
      return false;
    }
    if (live.look.isAfter(now) && !hasFailed(live, state, now)) {
      return false;
    }
    if (next(live, state, now, plan, ladder).equals(state)) {
      return false;
    }
    live.look = now.plus(INTERVAL); // until the flush has decided anew
    return true;
  }

  /// Whether a way has failed that was tried a moment ago.
  private static boolean hasFailed(Live live, Escalation state, Instant now) {
    return state.calls().stream()
        .flatMap(call -> call.tries().stream())
        .filter(one -> one.at().plus(Climb.CONFIRMATION).isAfter(now))
        .anyMatch(
            one ->
                live.reach.apply(one.way()).stream()
                    .map(Reach::failedAt)
                    .anyMatch(failed -> failed != null && !failed.isBefore(one.at())));
  }

  /// Stores what has changed, and loads what other replicas have stored. If the store does not
  /// answer, the next call tries again; meanwhile policies go on from memory.
  public synchronized void record() {
    Instant now = clock.instant();
    try {
      if (isUsed() && !now.isBefore(overridesAt.plus(OVERRIDES))) {
        overrides = overrideStore.get();
        overridesAt = now;
      }
      ended.forEach(
          (key, startedAt) -> {
            store.end(key, startedAt);
            ended.remove(key, startedAt);
          });
      refresh();
      save(now);
      events.record(now);
      if (isUsed() && !now.isBefore(prunedAt.plus(Duration.ofHours(1)))) {
        prunedAt = now;
        store.prune(now.minus(KEPT));
      }
      failing = false;
    } catch (StoreUnavailableException e) {
      failures.increment();
      if (!failing) {
        LOG.warn("escalations cannot be stored now; retrying: {}", e.getMessage());
      }
      failing = true;
    }
  }

  /// Whether any group may have a policy.
  boolean isUsed() {
    PolicyPlan plan = current;
    return !lives.isEmpty() || (plan != null && !plan.ladders().isEmpty());
  }

  private void refresh() {
    long stored = store.version();
    if (stored == version) {
      return;
    }
    Map<String, Escalation> all = new HashMap<>();
    store.all().forEach(state -> all.put(state.groupKey(), state));
    all.forEach(
        (key, state) -> {
          Live live = lives.computeIfAbsent(key, _ -> new Live());
          synchronized (live) {
            adopt(live, state);
          }
        });
    lives.forEach(
        (key, live) -> {
          synchronized (live) {
            if (!live.isOurs && !all.containsKey(key)) {
              live.isGone = true;
              lives.remove(key, live);
            }
          }
        });
    version = stored;
  }

  private static void adopt(Live live, Escalation stored) {
    @Nullable Escalation known = live.state;
    if (live.isGone) {
      return;
    }
    if (known == null || !live.isOurs || known.isBehind(stored)) {
      live.state = stored;
      live.look = live.isOurs ? Instant.EPOCH : null;
    } else if (stored.version() > known.version()) {
      live.state = known.withVersion(stored.version());
    }
  }

  private void save(Instant now) {
    var changed = new ArrayList<Escalation>();
    lives.forEach(
        (key, live) -> {
          synchronized (live) {
            if (live.isOurs && live.flushedAt.plus(KEPT).isBefore(now)) {
              live.isGone = true; // the routes have changed
              lives.remove(key, live);
              return;
            }
            boolean isOld = live.savedAt.plus(RENEWED).isBefore(now);
            if (live.isOurs && live.state != null && (live.isDirty || isOld)) {
              changed.add(live.state);
            }
          }
        });
    if (changed.isEmpty()) {
      return;
    }
    Set<String> overtaken = store.save(changed, now);
    for (Escalation saved : changed) {
      Live live = lives.get(saved.groupKey());
      if (overtaken.contains(saved.groupKey())) {
        version = NOT_LOADED;
      } else if (live != null) {
        synchronized (live) {
          live.savedAt = now;
          live.isDirty = !saved.equals(live.state);
          if (live.state != null) {
            live.state = live.state.withVersion(saved.version() + 1);
          }
        }
      }
    }
  }

  /// Returns where the policy of a group is; empty if it has none.
  public Optional<EscalationStatus> status(String groupKey) {
    Live live = lives.get(groupKey);
    PolicyPlan plan = current;
    if (live == null || plan == null) {
      return Optional.empty();
    }
    synchronized (live) {
      return Optional.ofNullable(live.state)
          .filter(state -> plan.ladders().containsKey(state.policy()))
          .map(state -> EscalationStatus.of(state, plan, overrides, isWaiting(state)));
    }
  }

  /// Returns the policies that receivers use, as of the current configuration.
  public List<EscalationPolicy> policies() {
    PolicyPlan plan = current;
    return plan == null
        ? List.of()
        : plan.plan().policies().stream()
            .filter(policy -> plan.ladders().containsKey(policy.name()))
            .toList();
  }

  /// Returns the levels of a policy; empty if no receiver uses it.
  public Optional<Ladder> ladder(String policy) {
    PolicyPlan plan = current;
    return Optional.ofNullable(plan).map(it -> it.ladders().get(policy));
  }

  /// Returns the people of a level at an instant; empty if nobody is on call.
  public List<String> onCall(Ladder.Rung rung, Instant at) {
    PolicyPlan plan = current;
    return plan == null ? List.of() : plan.onCall(rung, at, overrides);
  }

  private boolean isWaiting(Escalation state) {
    EpisodeKeeper.@Nullable Acknowledged by = acknowledged(state);
    return state.mutedAt() == null && (by == null || !by.holds(clock.instant()));
  }
}
