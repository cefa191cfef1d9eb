package io.pharos.alerting.dispatch;

import static java.util.Objects.requireNonNull;

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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes alerts in, keeps them, and hands them to their groups.
///
/// Thread-safe. [#start] restores what the store has; [#reload] exchanges the configuration and
/// keeps the alerts.
public final class Dispatcher implements AlertSink, ShardKeeper.Worker, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);
  static final Duration GC_INTERVAL = Duration.ofMinutes(30);

  /// How often garbage is collected for want of room, which looks at every alert.
  private static final Duration GC_FOR_ROOM = Duration.ofSeconds(1);

  private final AlertStore store;
  private final Silences silences;
  private final InstantSource clock;
  private final Timers timers;
  private final Executor executor;
  private final DispatchMetrics metrics;
  private final ShardOwnership ownership;
  private final Outbox outbox;
  private final KnownAlerts book = new KnownAlerts();
  private final AlertLimit room;
  private final Object reloading = new Object();
  /* Posts are taken one after the other, so that an older state of an alert never overtakes a newer
   * one on its way to the store and to the groups. */
  private final Object accepting = new Object();
  private final AlertCheckpoint checkpoint;
  private volatile RoutedGroups generation;

  /* Guarded by accepting. */
  private Instant madeRoomAt = Instant.EPOCH;
  private volatile boolean started;
  private volatile boolean restored;
  private long version;
  private volatile boolean closed;

  /// A dispatcher that does nothing before [#start].
  ///
  /// @param pipeline of the configuration
  /// @param executor runs what takes time: a virtual thread each
  /// @param ownership which groups it looks after
  Dispatcher(
      AlertmanagerConfig config,
      Pipeline pipeline,
      Outbox outbox,
      AlertStore store,
      Silences silences,
      InstantSource clock,
      Timers timers,
      Executor executor,
      MeterRegistry registry,
      ShardOwnership ownership,
      MemoryBounds budgets) {
    this.room = new AlertLimit(budgets, book);
    this.ownership = requireNonNull(ownership, "ownership is null");
    this.outbox = requireNonNull(outbox, "outbox is null");
    this.generation = new RoutedGroups(config, pipeline, ownership, this);
    this.store = requireNonNull(store, "store is null");
    this.silences = requireNonNull(silences, "silences is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.timers = requireNonNull(timers, "timers is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.metrics = new DispatchMetrics(registry, this, silences, () -> generation.all().size());
    this.checkpoint = new AlertCheckpoint(store, book, metrics);
  }

  /// Restores the alerts of the store, puts the pipeline in force and begins to dispatch. Where
  /// replicas share a store that does not answer, its alerts are restored when it does, and nothing
  /// is looked after before.
  public void start() {
    synchronized (reloading) {
      try {
        restore();
      } catch (RuntimeException e) {
        if (!ownership.isShared()) {
          throw e;
        }
        LOG.error("The alerts of before the start can't be restored yet", e);
      }
      started = true;
      fill(generation);
    }
  }

  /// Takes up the alerts of the store, once.
  private void restore() {
    synchronized (reloading) {
      if (restored) {
        return;
      }
      Instant now = clock.instant();
      version = store.version();
      AlertStore.Stored stored = store.load();
      Duration grace = generation.config().global().resolveTimeout();
      for (AlertStore.StoredAlert alert : stored.alerts()) {
        TrackedAlert excused = AlertTimes.excuse(alert.alert(), stored.aliveAt(), now, grace);
        if (!excused.equals(alert.alert())) {
          checkpoint.renew(excused.fingerprint());
        }
        book.restore(excused, alert.settled());
      }
      restored = true;
      if (started) {
        fill(generation);
      }
    }
  }

  /// Exchanges the configuration: groups are made anew and look at once, and the notification log
  /// keeps them from telling again what was told.
  ///
  /// @param pipeline made of the configuration; if that failed there is nothing to reload
  public void reload(AlertmanagerConfig config, Pipeline pipeline) {
    synchronized (reloading) {
      var next = new RoutedGroups(config, pipeline, ownership, this);
      RoutedGroups previous = generation;
      if (started) {
        pipeline.inhibitor().update(book.all(), clock.instant());
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
    current.pipeline().inhibitor().update(book.all(), now);
    current.pipeline().activate();
    current.route(
        book.all().stream().filter(alert -> !book.isSettled(alert.fingerprint())).toList(),
        now,
        false);
  }

  /// Takes note that nobody ran, or that the clock was set ahead, since a time: alerts that ran out
  /// since could not be renewed.
  void awake(Instant aliveAt, Instant now) {
    List<TrackedAlert> excused =
        book.excuse(aliveAt, now, generation.config().global().resolveTimeout());
    LOG.warn(
        "Nothing ran, or the clock was set ahead, from {} to {}; {} alerts that ran out meanwhile"
            + " get more time",
        aliveAt,
        now,
        excused.size());
    excused.forEach(alert -> checkpoint.renew(alert.fingerprint()));
    dispatch(excused, now);
  }

  @Override
  public void send(List<Alert> alerts) {
    AcceptResult result = accept(alerts, true);
    result.errors().forEach(error -> LOG.warn("An alert was refused: {}", error));
  }

  /// Takes alerts in. What is valid is stored before this returns, and told when its group's time
  /// has come.
  public AcceptResult accept(List<Alert> alerts) {
    return accept(alerts, false);
  }

  private AcceptResult accept(List<Alert> alerts, boolean own) {
    Accepted accepted;
    synchronized (accepting) {
      accepted = acceptInOrder(alerts, own);
    }
    await(accepted);
    return accepted.result();
  }

  /// What was taken in, and the store's word on it.
  private record Accepted(
      AcceptResult result, List<TrackedAlert> material, CompletableFuture<Void> stored) {}

  /// What can't be stored was dispatched all the same, and is stored with the next checkpoint that
  /// works.
  private void await(Accepted accepted) {
    try {
      accepted.stored().join();
    } catch (CompletionException e) {
      LOG.error(
          "{} alerts can't be stored; they are kept in memory",
          accepted.material().size(),
          e.getCause());
      metrics.storeFailed();
      accepted.material().forEach(alert -> checkpoint.renew(alert.fingerprint()));
      tellRegardless(accepted.material());
    }
  }

  /// Urgent alerts of groups that are another replica's: while the store is away that one can't
  /// learn of them.
  private void tellRegardless(List<TrackedAlert> alerts) {
    if (!ownership.isShared() || !started || closed) {
      return;
    }
    RoutedGroups current = generation;
    List<TrackedAlert> urgent =
        alerts.stream().filter(a -> current.config().delivery().isUrgent(a.labels())).toList();
    current.route(urgent, clock.instant(), true);
  }

  /// Takes in what other replicas have stored since the last time.
  void exchange() {
    silences.refresh();
    restore();
    AlertStore.Changes changes = store.changesSince(version);
    version = changes.version();
    if (changes.alerts().isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    synchronized (accepting) {
      List<TrackedAlert> news =
          changes.alerts().stream()
              .map(alert -> book.post(alert, now))
              .filter(posted -> posted.change() != KnownAlerts.Change.REPEATED_END)
              .map(KnownAlerts.Posted::alert)
              .toList();
      dispatch(news, now);
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

  /// Drops groups that are another replica's: made while the store was away, or while their shard
  /// was lost.
  void dropForeign() {
    generation.drop(group -> !ownership.owns(group.shard()));
  }

  /// Counts posted alerts that were too wrong to be handed over at all.
  public void refuse(int count) {
    for (int i = 0; i < count; i++) {
      metrics.refused();
    }
  }

  /* Alerts are dispatched before the store has them for sure: the store keeps the order of the
   * calls, so what a group decides on them is never on the disk without them. */
  private Accepted acceptInOrder(List<Alert> alerts, boolean own) {
    Instant now = clock.instant();
    RoutedGroups current = generation;
    var errors = new ArrayList<String>();
    var posted = new ArrayList<KnownAlerts.Posted>();
    int withoutRoom = 0;
    for (Alert alert : alerts) {
      TrackedAlert tracked =
          AlertTimes.track(alert, now, current.config().global().resolveTimeout());
      metrics.received(tracked.isResolved(now));
      var problem = AlertTimes.problem(tracked);
      if (problem.isPresent()) {
        errors.add(problem.get());
        metrics.refused();
      } else if (admits(tracked, sender(current, tracked, own), posted, now)) {
        posted.add(book.post(tracked, now));
      } else {
        metrics.refused();
        withoutRoom++;
      }
    }
    if (withoutRoom > 0) {
      errors.add(room.refuse(withoutRoom));
    }
    List<TrackedAlert> material = material(posted);
    CompletableFuture<Void> stored =
        material.isEmpty() ? CompletableFuture.completedFuture(null) : store.save(material);
    List<TrackedAlert> news =
        posted.stream()
            .filter(p -> p.change() != KnownAlerts.Change.REPEATED_END)
            .map(KnownAlerts.Posted::alert)
            .toList();
    dispatch(news, now);
    return new Accepted(new AcceptResult(posted.size(), errors, withoutRoom), material, stored);
  }

  /* Alerts that are over and told are kept for half an hour, but not at the cost of new ones. What
   * was posted just now has not reached its groups yet. */
  private boolean admits(
      TrackedAlert alert, AlertLimit.Sender sender, List<KnownAlerts.Posted> posted, Instant now) {
    if (room.admits(alert, sender)) {
      return true;
    }
    if (Duration.between(madeRoomAt, now).abs().compareTo(GC_FOR_ROOM) < 0) {
      return false;
    }
    madeRoomAt = now;
    var needed = new HashSet<Fingerprint>();
    posted.forEach(one -> needed.add(one.alert().fingerprint()));
    forgetEnded(needed, now);
    return room.admits(alert, sender);
  }

  private static AlertLimit.Sender sender(RoutedGroups current, TrackedAlert alert, boolean own) {
    if (!own) {
      return AlertLimit.Sender.OTHERS;
    }
    return current.config().delivery().isUrgent(alert.labels())
        ? AlertLimit.Sender.OWN_URGENT
        : AlertLimit.Sender.OWN;
  }

  /// The alerts of which more is to be kept than that they are believed for longer.
  private List<TrackedAlert> material(List<KnownAlerts.Posted> posted) {
    var material = new ArrayList<TrackedAlert>();
    for (KnownAlerts.Posted each : posted) {
      switch (each.change()) {
        case MATERIAL -> material.add(each.alert());
        case RENEWED -> checkpoint.renew(each.alert().fingerprint());
        case REPEATED_END -> {}
      }
    }
    return material;
  }

  private void dispatch(List<TrackedAlert> alerts, Instant now) {
    if (!started || closed) {
      return;
    }
    while (true) {
      RoutedGroups current = generation;
      current.pipeline().inhibitor().update(alerts, now);
      current.route(alerts, now, false);
      if (generation == current) {
        return;
      }
    }
  }

  Instant now() {
    return clock.instant();
  }

  Timers timers() {
    return timers;
  }

  Executor executor() {
    return executor;
  }

  void destroyed(AlertGroup group) {
    generation.remove(group);
  }

  /// Takes note that a group has told of the end of alerts. They are settled once no other group
  /// has still to do so.
  void settled(List<TrackedAlert> alerts) {
    RoutedGroups current = generation;
    Instant now = clock.instant();
    for (TrackedAlert alert : alerts) {
      if (!current.hasToTell(alert) && book.settle(alert, now)) {
        checkpoint.settle(alert.fingerprint());
      }
    }
  }

  /// Stores what of the alerts could wait; to be called every [#CHECKPOINT_INTERVAL].
  /* It says that this process was alive, by which alerts that ran out are told from those that
   * nobody could renew: not before these are known. */
  void writeCheckpoint() {
    if (restored) {
      checkpoint.write(clock.instant());
    }
  }

  /// Forgets alerts that are over, that no group has still to tell of and that mute no other, and
  /// what else has expired; to be called every [#GC_INTERVAL].
  public void collectGarbage() {
    Instant now = clock.instant();
    forgetEnded(new HashSet<>(), now);
    generation.pipeline().inhibitor().collectGarbage(now);
    try {
      silences.collectGarbage();
    } catch (RuntimeException e) {
      LOG.error("Expired silences can't be deleted; trying again later", e);
    }
  }

  private void forgetEnded(Set<Fingerprint> needed, Instant now) {
    Predicate<Fingerprint> forgettable =
        !ownership.isShared() ? _ -> true : Set.copyOf(book.settled())::contains;
    book.removeResolved(now, generation.addNeeded(needed, now)).stream()
        .filter(forgettable)
        .forEach(checkpoint::forget);
  }

  /// How many alerts are known.
  public int size() {
    return book.all().size();
  }

  /// The configuration in force.
  public AlertmanagerConfig config() {
    return generation.config();
  }

  /// The alerts that are not over, by fingerprint.
  ///
  /// @param receivers keeps alerts of which a route leads to such a receiver
  public List<AlertStatus> alerts(Predicate<String> receivers) {
    return generation.overview(silences, clock.instant()).alerts(book.all(), receivers);
  }

  /// The groups by labels and receiver, with those of their alerts that are not over.
  ///
  /// @param receivers keeps groups of such receivers; their alerts name no others
  public List<GroupState> groups(Predicate<String> receivers) {
    RoutedGroups current = generation;
    return current.overview(silences, clock.instant()).groups(current.all(), receivers);
  }

  DispatchMetrics.Counts count(Instant now) {
    return generation.overview(silences, now).count(book.all());
  }

  /// Stops the timers and stores what only memory knows.
  @Override
  public void close() {
    closed = true;
    generation.retire();
    writeCheckpoint();
  }
}
