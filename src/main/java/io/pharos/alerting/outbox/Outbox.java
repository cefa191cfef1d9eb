package io.pharos.alerting.outbox;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.DeliveryQueue.Item;
import io.pharos.alerting.outbox.NotifyMetrics.FailureReason;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationDecision;
import io.pharos.alerting.pipeline.NotificationDecision.Due;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.alerting.pipeline.Reach;
import io.pharos.config.pharos.DeliverySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides for each integration whether it is notified of a group's state, stores each decision,
/// and starts its delivery. A reload of the configuration only replaces the integrations
/// ([#install]). Thread-safe.
public final class Outbox implements Pipeline.Deliverer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final Duration POSTPONEMENT = Duration.ofSeconds(1);

  /// How often the groups of [#undecided] must be flushed.
  public static final Duration UNDECIDED_INTERVAL = Duration.ofSeconds(5);

  /// How often a missing secret file is looked for.
  private static final Duration SECRET_POLL = Duration.ofSeconds(2);

  private final OutboxStore store;
  final OutboxStore.Journal journal;
  final InstantSource clock;
  final InstantSource systemClock;
  final Timers timers;
  final Executor executor;
  final Supplier<String> ids;
  private final Backoff backoff;
  private final DeliveryWorker worker;
  private final NotificationLog log;
  private final EpisodeKeeper episodes;
  private final Map<NotificationLogEntry.Key, DeliveryQueue> queues = new ConcurrentHashMap<>();
  private volatile DeliverySettings settings = DeliverySettings.STANDARD;
  private volatile boolean closed;

  /// Creates an outbox that is empty until [#adopt].
  ///
  /// @param clock the notifier's clock
  /// @param systemClock for the deadlines of attempts
  /// @param executor runs each attempt in a virtual thread, because an attempt may block until its
  ///   deadline
  /// @param ids creates globally unique delivery ids
  public Outbox(
      OutboxStore store,
      OutboxStore.Journal journal,
      InstantSource clock,
      InstantSource systemClock,
      Timers timers,
      Executor executor,
      Supplier<String> ids,
      RandomGenerator random,
      NotifyMetrics metrics,
      ShardOwnership ownership,
      EpisodeKeeper episodes) {
    this.store = store;
    this.episodes = episodes;
    this.journal = journal;
    this.clock = clock;
    this.systemClock = systemClock;
    this.timers = timers;
    this.executor = executor;
    this.ids = ids;
    this.backoff = new Backoff(random);
    this.worker = new DeliveryWorker(this, metrics, ownership);
    this.log = new NotificationLog(journal, metrics, episodes);
  }

  /// Loads the notification log and the pending deliveries of shards; [#resume] sends them.
  public void adopt(Set<Integer> shards) {
    store.log().stream()
        .filter(entry -> shards.contains(ShardOwnership.shard(entry.key().groupKey())))
        .forEach(entry -> log.load(entry.notAfter(clock.instant())));
    store.pending().stream()
        .filter(delivery -> shards.contains(ShardOwnership.shard(delivery.key().groupKey())))
        .forEach(this::restore);
  }

  /// Starts the waiting deliveries that may be sent.
  public void resume() {
    queues.values().forEach(this::startIfReady);
  }

  /// Gives shards up to another replica. An attempt in progress continues; the result that is
  /// stored first is recorded.
  public void abandon(Set<Integer> shards) {
    queues.forEach(
        (key, queue) -> {
          if (shards.contains(ShardOwnership.shard(key.groupKey()))) {
            queue.abandon().forEach(item -> log.finish(item, false));
            queues.remove(key, queue);
          }
        });
    log.removeIf(key -> shards.contains(ShardOwnership.shard(key.groupKey())));
  }

  /// Whether no attempt is in progress for a shard and all finished attempts are recorded.
  public boolean isQuiet(int shard) {
    return worker.isQuiet(shard);
  }

  private void restore(Delivery stored) {
    Instant now = timers.now();
    DeliveryQueue queue = queues.computeIfAbsent(stored.key(), _ -> new DeliveryQueue(now));
    synchronized (queue) {
      log.dropNext(queue, "a newer decision was made", clock.instant());
      var item = Item.restored(stored, now, clock.instant());
      queue.add(item);
      log.begin(item);
    }
  }

  @Override
  public void install(Map<Integration.Id, Integration> integrations, DeliverySettings newSettings) {
    settings = newSettings;
    episodes.install(newSettings.acknowledgements());
    worker.install(integrations);
    worker.warnOfSilent(newSettings);
    resume();
  }

  @Override
  public void flushed(
      Pipeline.FlushContext context, List<TrackedAlert> alerts, Map<Fingerprint, String> muted) {
    episodes.flushed(context, alerts, muted);
  }

  @Override
  public Reach reach(NotificationLogEntry.Key key) {
    DeliveryQueue queue = queues.get(key);
    var last = log.get(key);
    return queue == null ? new Reach(last.orElse(null), false, null, false) : queue.reach(last);
  }

  @Override
  public CompletableFuture<Boolean> decide(NotificationDecision proposal) {
    while (true) {
      DeliveryQueue queue =
          queues.computeIfAbsent(proposal.key(), _ -> new DeliveryQueue(timers.now()));
      synchronized (queue) {
        if (!queue.retired) {
          return decide(queue, proposal);
        }
      }
      queues.remove(proposal.key(), queue);
    }
  }

  private CompletableFuture<Boolean> decide(DeliveryQueue queue, NotificationDecision state) {
    queue.wasUnstored = queue.isUnstored;
    queue.isUnstored = false;
    Item current = queue.current;
    Optional<NotificationLogEntry> last =
        current == null
            ? log.get(state.key())
            : Optional.of(current.delivery.logEntry(state.context().now()));
    return switch (state.withClosings(last)) {
      case NotificationDecision.Closing.Nothing(boolean settled) ->
          CompletableFuture.completedFuture(settled);
      case NotificationDecision.Closing.Propose(NotificationDecision proposal) ->
          decide(queue, state, proposal, last);
    };
  }

  private CompletableFuture<Boolean> decide(
      DeliveryQueue queue,
      NotificationDecision state,
      NotificationDecision proposal,
      Optional<NotificationLogEntry> last) {
    Due due = proposal.due(last, episodes.acknowledged(proposal.key().groupKey()));
    if (due instanceof Due.Nothing) {
      return upToDate(queue, proposal);
    }
    if (!(due instanceof Due.Now(Notification.Reason reason))) {
      return CompletableFuture.completedFuture(false);
    }
    if (proposal.firing().isEmpty() && !proposal.sendResolved()) {
      return recordEnd(queue, proposal);
    }
    Delivery unsent = queue.unsent;
    if (unsent != null
        && unsent.hasState(proposal.open(), proposal.resolved())
        && worker.isUnconfigured(proposal.key().integration())) {
      return CompletableFuture.completedFuture(false);
    }
    Item waiting = queue.next;
    if (waiting != null && waiting.delivery.hasState(proposal.open(), proposal.resolved())) {
      waiting.deadline = timers.now().plus(proposal.context().timeout());
      return waiting.done;
    }
    Instant now = timers.now();
    Delivery delivery = Delivery.of(proposal, ids.get(), reason, last);
    return enqueue(queue, Item.decided(delivery, state, now));
  }

  /// Handles a state that the integration knows, or that the current delivery reports. Drops the
  /// next delivery, and extends the deadline of a current delivery of the same state.
  private CompletableFuture<Boolean> upToDate(DeliveryQueue queue, NotificationDecision proposal) {
    log.dropNext(queue, "outdated before it could be sent", clock.instant());
    Item current = queue.current;
    if (current == null) {
      return CompletableFuture.completedFuture(true);
    }
    if (current.state.isEmpty()) {
      current.state = Optional.of(proposal);
    }
    if (!current.unconfigured
        && current.delivery.hasState(proposal.open(), proposal.resolved())
        && queue.keepTrying(current, proposal.context().timeout(), timers.now())) {
      startIfReady(queue);
    }
    return current.done;
  }

  /// Records the end of a group for an integration that is not notified of resolved alerts.
  private CompletableFuture<Boolean> recordEnd(DeliveryQueue queue, NotificationDecision proposal) {
    log.dropNext(queue, "everything was resolved before it could be sent", clock.instant());
    if (queue.current != null) {
      return CompletableFuture.completedFuture(false);
    }
    log.recorded(proposal.logEntry(clock.instant()));
    return CompletableFuture.completedFuture(true);
  }

  private CompletableFuture<Boolean> enqueue(DeliveryQueue queue, Item item) {
    log.dropNext(queue, "a newer decision was made", clock.instant());
    queue.add(item);
    log.begin(item);
    var _ =
        journal
            .append(List.of(new OutboxChange.Decided(item.delivery)))
            .whenComplete(
                (_, problem) -> {
                  if (problem == null) {
                    item.stored = true;
                    startIfReady(queue);
                  } else {
                    notStored(queue, item, problem);
                  }
                });
    return item.done;
  }

  /// Drops a delivery whose decision cannot be stored. An urgent one is sent nevertheless: better
  /// twice than not at all.
  private void notStored(DeliveryQueue queue, Item item, Throwable problem) {
    synchronized (queue) {
      if (item.isFinished()) {
        return;
      }
      if (!(problem instanceof OutboxStore.FencedException) && item.delivery.isUrgent(settings)) {
        item.delivery = item.delivery.asPossibleDuplicate();
        item.direct = true;
        item.stored = true;
      } else {
        if (!queue.wasUnstored) { // said once, not at each repetition
          log.notStored(item);
        }
        queue.isUnstored = true;
        giveUp(queue, item);
      }
    }
    startIfReady(queue);
  }

  /// Starts an attempt for the queue's current delivery, now or at the end of its back-off.
  private void startIfReady(DeliveryQueue queue) {
    Instant now = timers.now();
    synchronized (queue) {
      Item item = queue.current;
      if (closed
          || item == null
          || queue.retired
          || queue.inFlight
          || !item.stored
          || item.started) {
        return;
      }
      item.started = true;
      Runnable start = () -> executor.execute(() -> worker.attempt(queue, item));
      if (queue.notBefore.isAfter(now)) {
        queue.retry = timers.schedule(Duration.between(now, queue.notBefore), start);
      } else {
        start.run();
      }
    }
  }

  /// Schedules the delivery for later: another replica may own its shard and be sending it now.
  void postpone(DeliveryQueue queue, Item item) {
    synchronized (queue) {
      if (queue.current == item && !queue.retired) {
        item.started = false;
        queue.retry = timers.schedule(POSTPONEMENT, () -> startIfReady(queue));
      }
    }
  }

  /// Drops a delivery about firing alerts that were acknowledged after its decision.
  ///
  /// @return false if the delivery must be sent
  boolean withdraw(DeliveryQueue queue, Item item) {
    if (!log.isAcknowledged(item, clock.instant())) {
      return false;
    }
    synchronized (queue) {
      if (queue.current == item && !queue.inFlight) {
        log.withdraw(item, clock.instant());
        giveUp(queue, item);
      }
    }
    startIfReady(queue);
    return true;
  }

  void conclude(DeliveryQueue queue, Item item, NotifyResult result) {
    synchronized (queue) {
      Instant now = clock.instant();
      queue.inFlight = false;
      switch (result) {
        case NotifyResult.Sent(String answer) -> sent(queue, item, answer, now);
        case NotifyResult.Rejected(String reason) ->
            fail(queue, item, reason, FailureReason.CLIENT_ERROR, now);
        case NotifyResult.Retryable(String reason, Optional<Duration> retryAfter) ->
            retry(queue, item, reason, retryAfter, now);
        case NotifyResult.NotConfigured(String reason) -> awaitSecret(queue, item, reason, now);
      }
      if (queue.retired) {
        log.finish(item, false); // another replica finishes this delivery
      }
    }
    startIfReady(queue);
  }

  private void sent(DeliveryQueue queue, Item item, String answer, Instant now) {
    log.sent(item, !queue.retired, answer, now);
    queue.notBefore = timers.now();
    queue.unsent = null;
    queue.failedAt = null;
    queue.drop(item);
    log.finish(item, true);
  }

  private void retry(
      DeliveryQueue queue, Item item, String reason, Optional<Duration> retryAfter, Instant now) {
    item.failures++;
    if (!queue.backOff(item, backoff.after(item.failures), retryAfter, timers.now())) {
      String gaveUp = "gave up after " + item.attempts + " attempts: " + reason;
      fail(queue, item, gaveUp, FailureReason.DEADLINE_EXCEEDED, now);
    } else {
      LOG.warn("{}: attempt {} failed: {}", item.delivery.key(), item.attempts, reason);
      log.attemptFailed(item, item.attempts, reason, now);
      item.started = false;
      if (!item.fallBackAt.isAfter(timers.now())) {
        fallBack(queue, item);
      }
    }
  }

  /// Waits for a missing secret file; the fallback is notified at once. If the file does not appear
  /// before the deadline, a new delivery is decided at the group's first flush after it has.
  private void awaitSecret(DeliveryQueue queue, Item item, String reason, Instant now) {
    if (!item.unconfigured) {
      item.unconfigured = true;
      queue.failedAt = now;
      log.attemptFailed(item, item.attempts + 1, reason, now);
      fallBack(queue, item);
    }
    Instant poll = timers.now().plus(SECRET_POLL);
    if (!poll.isAfter(item.deadline)) {
      queue.notBefore = poll;
      item.started = false;
      return;
    }
    queue.notBefore = timers.now();
    queue.unsent = item.delivery;
    log.notConfigured(item, reason, now);
    giveUp(queue, item);
  }

  /// Notifies the receiver's fallback, unless it was already notified for this delivery.
  private void fallBack(DeliveryQueue queue, Item item) {
    Optional<NotificationDecision> state =
        item.state.filter(decision -> decision.hasFallback() && !queue.retired);
    Optional<String> name = settings.fallback(item.delivery.key().integration().receiver());
    if (item.fellBack || state.isEmpty() || name.isEmpty()) {
      return;
    }
    item.fellBack = true;
    for (Integration fallback : worker.integrations(name.get())) {
      LOG.warn("{}: notifying the fallback {} instead", item.delivery.key(), fallback.id());
      var _ = decide(state.get().withIntegration(fallback));
    }
  }

  private void fail(
      DeliveryQueue queue, Item item, String reason, FailureReason kind, Instant now) {
    log.failed(item, reason, kind, now);
    queue.failedAt = now;
    fallBack(queue, item);
    giveUp(queue, item);
  }

  /// Drops a delivery that is given up, and decides the next one again.
  private void giveUp(DeliveryQueue queue, Item item) {
    boolean wasNext = queue.next == item;
    queue.drop(item);
    log.finish(item, false);
    Item waiting = queue.current;
    if (wasNext || waiting == null) {
      return;
    }
    log.append(
        waiting.finished(
            Delivery.Status.SUPERSEDED, clock.instant(), "the delivery before it failed"));
    queue.drop(waiting);
    CompletableFuture<Boolean> replacement =
        waiting
            .state
            .filter(_ -> !queue.retired)
            .map(state -> decide(queue, state))
            .orElse(CompletableFuture.completedFuture(false));
    var _ = replacement.thenAccept(notified -> log.finish(waiting, notified));
  }

  /// Returns the deliveries that match a query, newest first.
  public List<LedgerEntry> ledger(LedgerEntry.Query query) {
    return store.ledger(query);
  }

  /// Deletes expired log entries, old finished deliveries and idle queues.
  public void collectGarbage() {
    Instant now = clock.instant();
    log.removeExpired(now);
    store.forgetFinishedBefore(now.minus(NotificationLogEntry.RETENTION));
    queues.values().removeIf(queue -> queue.retireIfIdle(timers.now()));
  }

  /// Returns the current integrations that cannot send because a secret file is missing.
  public List<Integration.Unconfigured> unconfigured() {
    return worker.unconfigured();
  }

  /// Returns the receivers that can notify nobody now, in alphabetical order: all of their
  /// integrations lack a secret file, and so do those of their fallback.
  public Set<String> silentReceivers() {
    return worker.silentReceivers(settings);
  }

  /// Moves the notification log after the clock was set back, so that repetitions are not late.
  public void clockSetBack(Duration by) {
    log.clockSetBack(by);
  }

  /// Returns the groups with a decision that could not be stored, so that nothing was sent: each
  /// must be flushed again.
  public Set<String> undecided() {
    return queues.entrySet().stream()
        .filter(entry -> entry.getValue().isUnstored)
        .map(entry -> entry.getKey().groupKey())
        .collect(Collectors.toSet());
  }

  /// Returns the number of deliveries that are neither sent nor given up.
  public int pending() {
    return log.pending();
  }

  /// Starts no more attempts; pending deliveries stay in the store.
  @Override
  public void close() {
    closed = true;
    worker.close();
  }
}
