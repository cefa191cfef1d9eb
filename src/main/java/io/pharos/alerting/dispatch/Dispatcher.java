package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.Timers;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives alerts, stores them, and routes them to groups. Thread-safe. [#start] restores the
/// alerts of the store; [#reload] keeps them.
public final class Dispatcher implements AlertSink, ShardKeeper.Worker, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);
  static final Duration GC_INTERVAL = Duration.ofMinutes(30);

  /// Minimum interval between two deletions of ended alerts for new ones; each scans all alerts.
  private static final Duration GC_FOR_ROOM = Duration.ofSeconds(1);

  private final AlertStore store;
  private final Silences silences;
  private final NotifierClock clock;
  final Timers timers;
  final Executor executor;
  private final DispatchMetrics metrics;
  private final ShardOwnership ownership;
  private final Outbox outbox;
  private final KnownAlerts knownAlerts = new KnownAlerts();
  private final AlertLimit limit;
  private final Object reloading = new Object();
  /* Posts are handled one at a time, so that an older state of an alert never replaces a newer
   * state. */
  private final Object accepting = new Object();
  private final AlertCheckpoint checkpoint;
  private final FlapDetector flaps; // guarded by accepting
  private final ClockSteps steps;
  private volatile RoutedGroups generation;
  private Instant collectedAt = Instant.EPOCH; // guarded by accepting
  private volatile boolean started;
  private volatile boolean restored;
  private long version;
  private volatile boolean closed;

  /// Creates a dispatcher that does nothing before [#start].
  ///
  /// @param executor runs long work, each task on its own virtual thread
  Dispatcher(
      AlertmanagerConfig config,
      Pipeline pipeline,
      Outbox outbox,
      AlertStore store,
      Silences silences,
      NotifierClock clock,
      Timers timers,
      Executor executor,
      MeterRegistry registry,
      ShardOwnership ownership,
      MemoryBounds bounds) {
    this.limit = new AlertLimit(bounds, knownAlerts);
    this.ownership = ownership;
    this.outbox = outbox;
    this.generation = new RoutedGroups(config, pipeline, ownership, this);
    this.store = store;
    this.silences = silences;
    this.clock = clock;
    this.timers = timers;
    this.executor = executor;
    this.metrics = new DispatchMetrics(registry, this, silences, () -> generation.all().size());
    this.flaps = new FlapDetector(knownAlerts, registry);
    this.checkpoint = new AlertCheckpoint(store, knownAlerts, metrics);
    this.steps =
        new ClockSteps(knownAlerts, checkpoint, silences, outbox, executor, ownership.isShared());
    clock.onStep(this::followClock);
  }

  /// Restores the alerts of the store and starts dispatching. If replicas share a store that does
  /// not answer, the alerts are restored later, and this process owns no group until then.
  public void start() {
    synchronized (reloading) {
      try {
        restore();
      } catch (RuntimeException e) {
        if (!ownership.isShared()) {
          throw e;
        }
        LOG.error("The stored alerts cannot be restored yet; retrying. Check the database", e);
      }
      started = true;
      fill(generation);
    }
  }

  /// Restores the alerts of the store, once.
  private void restore() {
    synchronized (reloading) {
      if (restored) {
        return;
      }
      Instant now = clock.instant();
      version = store.version();
      AlertStore.Stored stored = store.load();
      Duration grace = generation.config.global().resolveTimeout();
      boolean setBack = now.isBefore(stored.aliveAt());
      if (setBack) {
        steps.moveSilences(stored.aliveAt(), now);
      }
      for (AlertStore.StoredAlert alert : stored.alerts()) {
        TrackedAlert before = alert.alert();
        TrackedAlert extended =
            (setBack ? before.setBack(stored.aliveAt(), now) : before)
                .extended(stored.aliveAt(), now, grace);
        if (!extended.equals(alert.alert())) {
          checkpoint.renew(extended.fingerprint());
        }
        knownAlerts.restore(extended, alert.settled());
      }
      restored = true;
      if (started) {
        fill(generation);
      }
    }
  }

  /// Replaces the configuration. New groups are flushed at once; the log prevents repetitions.
  public void reload(AlertmanagerConfig config, Pipeline pipeline) {
    synchronized (reloading) {
      var next = new RoutedGroups(config, pipeline, ownership, this);
      RoutedGroups previous = generation;
      if (started) {
        pipeline.inhibitor().update(knownAlerts.all(), clock.instant());
      }
      generation = next;
      previous.retire();
      if (started) {
        fill(next);
      }
    }
  }

  private void fill(RoutedGroups current) {
    Instant now = clock.instant();
    current.pipeline.inhibitor().update(knownAlerts.all(), now);
    current.pipeline.activate();
    current.route(
        knownAlerts.all().stream()
            .filter(alert -> !knownAlerts.isSettled(alert.fingerprint()))
            .toList(),
        now,
        false);
  }

  /* Posts wait meanwhile: an alert that was posted by the new time must not be judged by the time
   * before the step. */
  private void followClock() {
    synchronized (accepting) {
      clock.follow(
          (before, now) ->
              dispatch(
                  steps.handle(before, now, generation.config.global().resolveTimeout()), now));
    }
  }

  /// Returns the time after any step; the caller holds `accepting`.
  private Instant followedNow() {
    Instant _ = clock.instant();
    followClock();
    return clock.instant();
  }

  @Override
  public void send(List<Alert> alerts) {
    AcceptResult result = accept(alerts, true);
    result.errors().forEach(error -> LOG.warn("An alert of a rule was refused: {}", error));
  }

  @Override
  public Optional<Instant> postedEnd(Labels alert) {
    return knownAlerts.get(Fingerprint.of(alert)).flatMap(TrackedAlert::postedEnd);
  }

  /// Accepts alerts. Valid alerts are stored before this method returns; groups notify later.
  public AcceptResult accept(List<Alert> alerts) {
    return accept(alerts, false);
  }

  private AcceptResult accept(List<Alert> alerts, boolean fromRules) {
    Accepted accepted;
    synchronized (accepting) {
      accepted = acceptInOrder(alerts, fromRules);
    }
    await(accepted);
    return accepted.result();
  }

  /// The result of a post, its alerts that must be stored now, and the pending write.
  private record Accepted(
      AcceptResult result, List<TrackedAlert> toStore, CompletableFuture<Void> stored) {}

  /// Waits until the store has written the alerts. If the write fails, the alerts are stored with
  /// the next checkpoint that succeeds.
  private void await(Accepted accepted) {
    try {
      accepted.stored().join();
    } catch (CompletionException e) {
      LOG.error(
          "{} alerts cannot be stored and are kept in memory. Check the store",
          accepted.toStore().size(),
          e.getCause());
      metrics.storeFailed();
      accepted.toStore().forEach(alert -> checkpoint.renew(alert.fingerprint()));
      dispatchUrgent(accepted.toStore());
    }
  }

  /// Dispatches urgent alerts even to groups that another replica owns. It is called when the store
  /// has failed, because without the store the other replica does not receive these alerts.
  private void dispatchUrgent(List<TrackedAlert> alerts) {
    if (!ownership.isShared() || !started || closed) {
      return;
    }
    RoutedGroups current = generation;
    List<TrackedAlert> urgent =
        alerts.stream().filter(a -> current.config.delivery().isUrgent(a.labels())).toList();
    current.route(urgent, clock.instant(), true);
  }

  /// Loads the alerts that other replicas have stored since the last call.
  void exchange() {
    silences.refresh();
    restore();
    AlertStore.Changes changes = store.changesSince(version);
    version = changes.version();
    if (changes.alerts().isEmpty()) {
      return;
    }
    synchronized (accepting) {
      Instant now = followedNow();
      var posted = changes.alerts().stream().map(alert -> knownAlerts.post(alert, now));
      dispatch(KnownAlerts.changed(posted), now);
    }
  }

  @Override
  public void prepare(Set<Integer> shards) {
    silences.refresh();
    restore();
    outbox.adopt(shards);
  }

  @Override
  public void gain(Set<Integer> shards) {
    synchronized (reloading) {
      outbox.resume();
      if (started) {
        fill(generation);
      }
    }
  }

  @Override
  public void lose(Set<Integer> shards) {
    generation.drop(group -> shards.contains(group.shard()));
    outbox.abandon(shards);
  }

  @Override
  public boolean isQuiet(int shard) {
    return outbox.isQuiet(shard);
  }

  /// Drops groups that another replica owns: they were created while it took over.
  void dropForeign() {
    generation.drop(group -> !ownership.owns(group.shard()));
  }

  /// Counts posted alerts that could not be parsed, in the metric of invalid alerts.
  public void refuse(int count) {
    metrics.refused(count);
  }

  /* Alerts are dispatched before the store confirms them. The store keeps the order of calls, so a
   * group's decision to notify is never on disk before the alerts that it is about. */
  private Accepted acceptInOrder(List<Alert> alerts, boolean fromRules) {
    Instant now = followedNow();
    RoutedGroups current = generation;
    var errors = new ArrayList<String>();
    var posted = new ArrayList<KnownAlerts.Posted>();
    int withoutRoom = 0;
    for (Alert alert : alerts) {
      TrackedAlert tracked = flaps.tracked(alert, current.config, now);
      metrics.received(tracked.isResolved(now));
      var problem = tracked.problem();
      if (problem.isPresent()) {
        errors.add(problem.get());
        metrics.refused(1);
      } else if (admits(tracked, sender(current, tracked, fromRules), posted, now)) {
        posted.add(flaps.post(tracked, now));
      } else {
        metrics.refused(1);
        withoutRoom++;
      }
    }
    if (withoutRoom > 0) {
      errors.add(limit.refuse(withoutRoom));
    }
    List<TrackedAlert> toStore = toStore(posted);
    CompletableFuture<Void> stored =
        toStore.isEmpty() ? CompletableFuture.completedFuture(null) : store.save(toStore);
    dispatch(KnownAlerts.changed(posted.stream()), now);
    return new Accepted(new AcceptResult(posted.size(), errors, withoutRoom), toStore, stored);
  }

  /* Settled alerts are kept for half an hour, but are deleted earlier if new alerts need their
   * memory. Alerts of the current post have not reached their groups yet, so they are kept. */
  private boolean admits(
      TrackedAlert alert, AlertLimit.Sender sender, List<KnownAlerts.Posted> posted, Instant now) {
    if (limit.admits(alert, sender)) {
      return true;
    }
    if (Duration.between(collectedAt, now).abs().compareTo(GC_FOR_ROOM) < 0) {
      return false;
    }
    collectedAt = now;
    var needed = new HashSet<Fingerprint>();
    posted.forEach(post -> needed.add(post.alert().fingerprint()));
    forgetEnded(needed, now);
    return limit.admits(alert, sender);
  }

  private static AlertLimit.Sender sender(
      RoutedGroups current, TrackedAlert alert, boolean fromRules) {
    if (!fromRules) {
      return AlertLimit.Sender.OTHERS;
    }
    return current.config.delivery().isUrgent(alert.labels())
        ? AlertLimit.Sender.OWN_URGENT
        : AlertLimit.Sender.OWN;
  }

  /// Returns the alerts that must be stored now. Renewed alerts are stored with the next
  /// checkpoint.
  private List<TrackedAlert> toStore(List<KnownAlerts.Posted> posted) {
    var toStore = new ArrayList<TrackedAlert>();
    for (KnownAlerts.Posted each : posted) {
      switch (each.change()) {
        case MATERIAL -> toStore.add(each.alert());
        case RENEWED -> checkpoint.renew(each.alert().fingerprint());
        case REPEATED_END -> {}
      }
    }
    return toStore;
  }

  private void dispatch(List<TrackedAlert> alerts, Instant now) {
    if (!started || closed) {
      return;
    }
    RoutedGroups current;
    do {
      current = generation;
      current.pipeline.inhibitor().update(alerts, now);
      current.route(alerts, now, false);
    } while (generation != current);
  }

  /// Returns the notifier's time.
  public Instant now() {
    return clock.instant();
  }

  /// Flushes a group of this process at once; returns false if it has none with this key.
  public boolean flush(String groupKey) {
    return generation.flush(groupKey);
  }

  /// Flushes a group that belongs to no route.
  public Pipeline.Flushed flush(Pipeline.FlushContext context, List<TrackedAlert> alerts) {
    return generation.pipeline.flush(context, alerts);
  }

  void destroyed(AlertGroup group) {
    generation.remove(group);
  }

  /// Marks alerts as settled whose end all groups have reported.
  void settled(List<TrackedAlert> alerts) {
    RoutedGroups current = generation;
    for (TrackedAlert alert : alerts) {
      if (!current.mustReport(alert) && knownAlerts.settle(alert, clock.instant())) {
        checkpoint.settle(alert.fingerprint());
      }
    }
  }

  /// Stores the checkpoint; must be called every [#CHECKPOINT_INTERVAL].
  /* A checkpoint records that this process was alive. After a restart, alerts that expired before
   * the checkpoint stay resolved, and alerts that expired later are extended. So no checkpoint may
   * be written before the alerts are restored. */
  void writeCheckpoint() {
    if (restored) {
      checkpoint.write(clock.instant());
    }
  }

  /// Deletes expired silences, expired data of inhibitions, and resolved alerts whose end every
  /// group has reported and that mute no other alert. Must be called every [#GC_INTERVAL].
  public void collectGarbage() {
    Instant now = clock.instant();
    forgetEnded(new HashSet<>(), now);
    generation.pipeline.inhibitor().collectGarbage(now);
    try {
      silences.collectGarbage();
    } catch (RuntimeException e) {
      LOG.error("Expired silences cannot be deleted; retrying later. Check the store", e);
    }
  }

  private void forgetEnded(Set<Fingerprint> needed, Instant now) {
    Predicate<Fingerprint> forgettable =
        !ownership.isShared() ? _ -> true : Set.copyOf(knownAlerts.settled())::contains;
    knownAlerts.removeResolved(now, generation.addNeeded(needed, now)).stream()
        .filter(forgettable)
        .forEach(checkpoint::forget);
  }

  /// Returns the number of known alerts.
  public int size() {
    return knownAlerts.all().size();
  }

  /// Returns the current configuration.
  public AlertmanagerConfig config() {
    return generation.config;
  }

  /// Returns the unresolved alerts with a selected receiver, ordered by fingerprint.
  public List<AlertOverview.Status> alerts(Predicate<String> receivers) {
    return generation.overview(silences, clock.instant()).alerts(knownAlerts.all(), receivers);
  }

  /// Returns the groups with their unresolved alerts, ordered by labels and receiver; all omit
  /// receivers that are not selected.
  public List<AlertOverview.Group> groups(Predicate<String> receivers) {
    RoutedGroups current = generation;
    return current.overview(silences, clock.instant()).groups(current.all(), receivers);
  }

  /// Returns the routes of an alert in file order, each with the group that the alert is in there.
  public List<AlertOverview.Routed> routes(Labels alert) {
    return generation.overview(silences, clock.instant()).routes(alert);
  }

  /// Returns what would happen to an alert with these labels now; it need not exist.
  public AlertOverview.Outlook outlook(Labels alert) {
    return generation.overview(silences, clock.instant()).outlook(alert, knownAlerts);
  }

  DispatchMetrics.Counts count(Instant now) {
    return generation.overview(silences, now).count(knownAlerts.all());
  }

  /// Stops the timers and writes a last checkpoint.
  @Override
  public void close() {
    closed = true;
    generation.retire();
    writeCheckpoint();
  }

  /// Result of posting alerts. Valid alerts are accepted even if others are invalid.
  ///
  /// @param errors one message for each invalid alert, and one for all alerts that had no room
  /// @param withoutRoom number of valid alerts that the memory bound refused
  public record AcceptResult(int accepted, List<String> errors, int withoutRoom) {
    public AcceptResult {
      errors = List.copyOf(errors);
    }
  }
}
