package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.pharos.alerting.pipeline.NotifyMetrics.FailureReason;
import io.pharos.config.pharos.DeliverySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides who is told what, stores each decision, and has it delivered.
///
/// It outlives reloads of the configuration: lanes and the notification log stay, and [#install]
/// exchanges the integrations. Thread-safe.
public final class Outbox implements AutoCloseable {
  /* Each pair of group and integration has a lane with at most two deliveries: the current one, which
   * waits or is being sent, and the next one behind it. The current delivery is tried until its
   * deadline even when it is no longer the latest state: an alert that came and went while its
   * receiver was down is told, and then its end. A later decision assumes that the current delivery
   * will succeed, and replaces only the next one, since it carries the whole state of the group. When
   * the current delivery fails for good, the next one is decided anew.
   *
   *   decide ─▶ Decided stored ─▶ attempt ─▶ Sent ─▶ log in memory, Finished + Logged stored
   *                                  │  ▲
   *                                  ▼  │ back-off or Retry-After, until the deadline
   *                               Retryable
   *
   * After a kill between a send and its record the delivery is still pending: it is sent again at the
   * next start, with the same delivery id. */
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final Duration UNCERTAIN = Duration.ofSeconds(1);

  /// After this long without success the receiver's fallback is told, though the attempts go on.
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /// How often to look for a missing secret's file.
  private static final Duration LOOK = Duration.ofSeconds(2);

  private static final Duration LEDGER_RETENTION = NotificationLogEntry.RETENTION;

  private final OutboxStore store;
  private final Journal journal;
  private final InstantSource clock;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<String> ids;
  private final Backoff backoff;
  private final NotifyMetrics metrics;
  private final DeliveryWorker worker;
  private final NotificationLog log = new NotificationLog();
  private final Map<NotificationLogKey, DeliveryQueue> lanes = new ConcurrentHashMap<>();
  private final AtomicInteger pending = new AtomicInteger();

  private volatile DeliverySettings settings = DeliverySettings.STANDARD;
  private volatile boolean closed;

  /// An outbox that knows nothing of the store before [#adopt].
  ///
  /// @param executor runs attempts, each of which may block until its deadline: a virtual thread
  ///   each
  /// @param ids makes delivery ids, unique for ever
  public Outbox(
      OutboxStore store,
      Journal journal,
      InstantSource clock,
      Timers timers,
      Executor executor,
      Supplier<String> ids,
      RandomGenerator random,
      NotifyMetrics metrics,
      ShardOwnership ownership) {
    this.store = requireNonNull(store, "store is null");
    this.journal = requireNonNull(journal, "journal is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.timers = requireNonNull(timers, "timers is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.ids = requireNonNull(ids, "ids is null");
    this.backoff = new Backoff(random);
    this.metrics = requireNonNull(metrics, "metrics is null");
    this.worker =
        new DeliveryWorker(
            this::conclude,
            this::postpone,
            journal,
            clock,
            timers,
            executor,
            ids,
            metrics,
            ownership);
    Gauge.builder("pharos_outbox_pending", pending, AtomicInteger::get)
        .description("Deliveries that were decided and are neither sent nor given up.")
        .register(metrics.registry());
  }

  /// Takes over shards: loads from the store what was told and what is still to be delivered.
  /// Sending begins with [#resume].
  public void adopt(Set<Integer> shards) {
    store.log().stream()
        .filter(entry -> shards.contains(ShardOwnership.shard(entry.key().groupKey())))
        .forEach(log::put);
    store.pending().stream()
        .filter(delivery -> shards.contains(ShardOwnership.shard(delivery.key().groupKey())))
        .forEach(this::restore);
  }

  /// Starts the deliveries that wait and may be sent.
  public void resume() {
    lanes.values().forEach(this::startIfReady);
  }

  /// Gives shards up: another replica decides and delivers for them. An attempt in progress is not
  /// stopped; its record counts if it is stored before the other replica's.
  public void abandon(Set<Integer> shards) {
    lanes.forEach(
        (key, lane) -> {
          if (shards.contains(ShardOwnership.shard(key.groupKey()))) {
            lane.abandon().forEach(item -> finish(item, false));
            lanes.remove(key, lane);
          }
        });
    log.removeIf(key -> shards.contains(ShardOwnership.shard(key.groupKey())));
  }

  /// Whether no attempt is in progress for a shard and all that ended are recorded.
  public boolean isQuiet(int shard) {
    return worker.isQuiet(shard);
  }

  private void restore(Delivery stored) {
    Instant now = clock.instant();
    Duration patience = Duration.between(stored.notification().decidedAt(), stored.deadline());
    DeliveryQueue lane = lanes.computeIfAbsent(stored.key(), _ -> new DeliveryQueue(now));
    synchronized (lane) {
      if (lane.next != null) {
        supersede(lane.next, "a newer decision was made", now).forEach(this::note);
        lane.drop(lane.next);
      }
      lane.add(
          new DeliveryQueue.Item(stored.withDeadline(now.plus(patience)), Optional.empty(), true));
      pending.incrementAndGet();
    }
  }

  /// Puts integrations in force in the place of those before. Deliveries to integrations that are
  /// gone are given up.
  void install(Map<IntegrationId, Integration> inForce, DeliverySettings inForceToo) {
    settings = inForceToo;
    worker.install(inForce);
    silentReceivers()
        .forEach(
            receiver ->
                LOG.warn(
                    "the receiver {} tells NOBODY: all of its integrations lack a secret's file, and"
                        + " no fallback stands in",
                    receiver));
    resume();
  }

  /// Decides whether an integration is to be told, and if so has the message delivered.
  ///
  /// @return completes with true when the integration has been told or need not be, with false when
  ///   it has not and the next tick must decide again
  CompletableFuture<Boolean> decide(NotificationDecision proposal) {
    while (true) {
      DeliveryQueue lane =
          lanes.computeIfAbsent(proposal.key(), _ -> new DeliveryQueue(clock.instant()));
      synchronized (lane) {
        if (!lane.retired) {
          return decide(lane, proposal);
        }
      }
      lanes.remove(proposal.key(), lane);
    }
  }

  private CompletableFuture<Boolean> decide(DeliveryQueue lane, NotificationDecision state) {
    DeliveryQueue.Item current = lane.current;
    Optional<NotificationLogEntry> told =
        current == null
            ? log.get(state.key())
            : Optional.of(current.delivery.logEntry(state.context().now()));
    return switch (state.withClosings(told)) {
      case NotificationDecision.Closing.Nothing(boolean settled) ->
          CompletableFuture.completedFuture(settled);
      case NotificationDecision.Closing.Propose(NotificationDecision proposal) ->
          decide(lane, state, proposal, told);
    };
  }

  private CompletableFuture<Boolean> decide(
      DeliveryQueue lane,
      NotificationDecision state,
      NotificationDecision proposal,
      Optional<NotificationLogEntry> told) {
    Optional<NotifyReason> reason =
        DedupStage.reason(
            told,
            proposal.firing(),
            proposal.resolved(),
            proposal.held(),
            proposal.sendResolved(),
            proposal.context().repeatInterval(),
            proposal.context().now());
    if (reason.isEmpty()) {
      return nothingToTell(lane, proposal);
    }
    if (proposal.firing().isEmpty() && !proposal.sendResolved()) {
      return noteOnly(lane, proposal);
    }
    Delivery unsent = lane.unsent;
    if (unsent != null
        && unsent.tellsTheSame(proposal.open(), proposal.resolved())
        && worker.isUnconfigured(proposal.key().integration())) {
      return CompletableFuture.completedFuture(false);
    }
    DeliveryQueue.Item waiting = lane.next;
    if (waiting != null && waiting.delivery.tellsTheSame(proposal.open(), proposal.resolved())) {
      waiting.delivery = waiting.delivery.withDeadline(proposal.context().deadline());
      return waiting.done;
    }
    return enqueue(lane, state, proposal.delivery(ids.get(), reason.get(), told));
  }

  /// The integration knows everything, or will once the current delivery has arrived, so that the
  /// next one is dropped. A current delivery that tells the present state is tried for longer.
  private CompletableFuture<Boolean> nothingToTell(
      DeliveryQueue lane, NotificationDecision proposal) {
    if (lane.next != null) {
      dropWaiting(lane, lane.next, "no longer true when it could have been sent");
    }
    DeliveryQueue.Item current = lane.current;
    if (current == null) {
      return CompletableFuture.completedFuture(true);
    }
    if (current.state.isEmpty()) {
      current.state = Optional.of(proposal);
    }
    if (!current.unconfigured
        && current.delivery.tellsTheSame(proposal.open(), proposal.resolved())) {
      if (lane.keepTrying(current, proposal.context())) {
        startIfReady(lane);
      }
    }
    return current.done;
  }

  /// Records the end of a group as told, for an integration that is not told of ends.
  private CompletableFuture<Boolean> noteOnly(DeliveryQueue lane, NotificationDecision proposal) {
    if (lane.next != null) {
      dropWaiting(lane, lane.next, "everything was resolved before it could be sent");
    }
    if (lane.current != null) {
      return CompletableFuture.completedFuture(false);
    }
    NotificationLogEntry entry =
        NotificationLogEntry.at(
            proposal.key(),
            proposal.firing(),
            proposal.resolved(),
            clock.instant(),
            proposal.context().repeatInterval());
    log.put(entry);
    note(new OutboxChange.Logged(entry));
    return CompletableFuture.completedFuture(true);
  }

  private void dropWaiting(DeliveryQueue lane, DeliveryQueue.Item waiting, String why) {
    supersede(waiting, why, clock.instant()).forEach(this::note);
    lane.drop(waiting);
  }

  private CompletableFuture<Boolean> enqueue(
      DeliveryQueue lane, NotificationDecision state, Delivery delivery) {
    var changes = new ArrayList<OutboxChange>();
    if (lane.next != null) {
      changes.addAll(supersede(lane.next, "a newer decision was made", clock.instant()));
      lane.drop(lane.next);
    }
    var item = new DeliveryQueue.Item(delivery, Optional.of(state), false);
    lane.add(item);
    pending.incrementAndGet();
    changes.add(new OutboxChange.Decided(delivery));
    var _ =
        journal
            .append(changes)
            .whenComplete(
                (_, problem) -> {
                  if (problem == null) {
                    item.stored = true;
                    startIfReady(lane);
                  } else {
                    notStored(lane, item, problem);
                  }
                });
    return item.done;
  }

  /// A decision that can't be stored is dropped, unless an alert is urgent: telling it twice is
  /// better than not at all.
  private void notStored(DeliveryQueue lane, DeliveryQueue.Item item, Throwable problem) {
    synchronized (lane) {
      if (item.isFinished()) {
        return;
      }
      if (!(problem instanceof FencedException) && isUrgent(item.delivery.notification())) {
        item.delivery = item.delivery.asPossibleDuplicate();
        item.direct = true;
        item.stored = true;
      } else {
        LOG.warn("{}: not sent, since the decision can't be stored", item.delivery.key());
        metrics.gaveUp(type(item), FailureReason.OTHER);
        giveUp(lane, item);
      }
    }
    startIfReady(lane);
  }

  private boolean isUrgent(Notification notification) {
    return notification.firing().stream().anyMatch(alert -> settings.isUrgent(alert.labels()));
  }

  /// Starts an attempt for the lane's current delivery, now or at the end of its back-off.
  private void startIfReady(DeliveryQueue lane) {
    Instant now = clock.instant();
    synchronized (lane) {
      DeliveryQueue.Item item = lane.current;
      if (closed || item == null || lane.retired || lane.inFlight || !item.stored || item.started) {
        return;
      }
      item.started = true;
      if (lane.notBefore.isAfter(now)) {
        lane.retry =
            timers.schedule(Duration.between(now, lane.notBefore), () -> start(lane, item));
      } else {
        start(lane, item);
      }
    }
  }

  private void start(DeliveryQueue lane, DeliveryQueue.Item item) {
    executor.execute(() -> worker.attempt(lane, item));
  }

  /// The lease on the shard may have ended: another replica may be sending this very delivery.
  private void postpone(DeliveryQueue lane, DeliveryQueue.Item item) {
    synchronized (lane) {
      if (lane.current == item && !lane.retired) {
        item.started = false;
        lane.retry = timers.schedule(UNCERTAIN, () -> startIfReady(lane));
      }
    }
  }

  private void conclude(DeliveryQueue lane, DeliveryQueue.Item item, NotifyResult result) {
    synchronized (lane) {
      Instant now = clock.instant();
      lane.inFlight = false;
      switch (result) {
        case NotifyResult.Sent(String answer) -> sent(lane, item, answer, now);
        case NotifyResult.Rejected(String reason) ->
            fail(lane, item, reason, FailureReason.CLIENT_ERROR, now);
        case NotifyResult.Retryable(String reason, Optional<Duration> retryAfter) ->
            retry(lane, item, reason, retryAfter, now);
        case NotifyResult.NotConfigured(String reason) -> await(lane, item, reason, now);
      }
      if (lane.retired) {
        finish(item, false); // what is left to do is another replica's
      }
    }
    startIfReady(lane);
  }

  private void sent(DeliveryQueue lane, DeliveryQueue.Item item, String answer, Instant now) {
    NotificationLogEntry entry = item.delivery.logEntry(now);
    if (!lane.retired) {
      log.put(entry);
    }
    OutboxChange record =
        item.direct
            ? new OutboxChange.SentDirectly(item.delivery, item.attempts, now, answer)
            : new OutboxChange.Finished(
                item.delivery.id(), Delivery.Status.SENT, item.attempts, now, answer);
    var _ = journal.append(List.of(record, new OutboxChange.Logged(entry)));
    metrics.finished(type(item));
    lane.notBefore = now;
    lane.unsent = null;
    lane.drop(item);
    finish(item, true);
  }

  private void retry(
      DeliveryQueue lane,
      DeliveryQueue.Item item,
      String reason,
      Optional<Duration> retryAfter,
      Instant now) {
    item.failures++;
    Duration own = backoff.after(item.failures);
    Duration wait = retryAfter.filter(asked -> asked.compareTo(own) > 0).orElse(own);
    lane.notBefore = now.plus(wait);
    lane.askedUntil = now.plus(retryAfter.orElse(Duration.ZERO));
    if (lane.notBefore.isAfter(item.delivery.deadline())) {
      // The next decision begins with a back-off of its own; only what was asked for binds it too.
      lane.notBefore = lane.askedUntil;
      String gaveUp = "gave up after " + item.attempts + " attempts: " + reason;
      fail(lane, item, gaveUp, FailureReason.DEADLINE_EXCEEDED, now);
    } else {
      LOG.warn("{}: attempt {} failed: {}", item.delivery.key(), item.attempts, reason);
      note(new OutboxChange.AttemptFailed(item.delivery.id(), item.attempts, now, reason));
      item.started = false;
      if (!item.delivery.notification().decidedAt().plus(PATIENCE).isAfter(now)) {
        fallBack(lane, item);
      }
    }
  }

  /// The integration lacks a secret's file. Its fallback is told at once; the message itself is
  /// sent if the file appears before the deadline. After the deadline the ledger has it as not
  /// sent, and the group's first tick that finds the file decides again.
  private void await(DeliveryQueue lane, DeliveryQueue.Item item, String reason, Instant now) {
    if (!item.unconfigured) {
      item.unconfigured = true;
      note(new OutboxChange.AttemptFailed(item.delivery.id(), item.attempts + 1, now, reason));
      fallBack(lane, item);
    }
    lane.notBefore = now.plus(LOOK);
    if (!lane.notBefore.isAfter(item.delivery.deadline())) {
      item.started = false;
      return;
    }
    lane.notBefore = now;
    lane.unsent = item.delivery;
    note(
        new OutboxChange.Finished(
            item.delivery.id(), Delivery.Status.FAILED, item.attempts, now, "not sent: " + reason));
    metrics.notConfigured(type(item));
    giveUp(lane, item);
  }

  /// Tells the receiver's fallback instead, which is not told again what it knows already.
  private void fallBack(DeliveryQueue lane, DeliveryQueue.Item item) {
    Optional<NotificationDecision> state =
        item.state.filter(it -> !it.isFallback() && !lane.retired);
    Optional<String> name = settings.fallback(item.delivery.key().integration().receiver());
    if (item.fellBack || state.isEmpty() || name.isEmpty()) {
      return;
    }
    item.fellBack = true;
    for (Integration instead : worker.integrations(name.get())) {
      LOG.warn("{}: {} is told instead", item.delivery.key(), instead.id());
      var _ = decide(state.get().to(instead));
    }
  }

  private void fail(
      DeliveryQueue lane, DeliveryQueue.Item item, String reason, FailureReason kind, Instant now) {
    LOG.error("{}: notification {} failed: {}", item.delivery.key(), item.delivery.id(), reason);
    note(
        new OutboxChange.Finished(
            item.delivery.id(), Delivery.Status.FAILED, item.attempts, now, reason));
    metrics.gaveUp(type(item), kind);
    fallBack(lane, item);
    giveUp(lane, item);
  }

  /// Drops a delivery that failed for good. The next one was decided as if this one had arrived, so
  /// it is decided anew.
  private void giveUp(DeliveryQueue lane, DeliveryQueue.Item item) {
    boolean wasNext = lane.next == item;
    lane.drop(item);
    finish(item, false);
    DeliveryQueue.Item waiting = lane.current;
    if (wasNext || waiting == null) {
      return;
    }
    note(
        new OutboxChange.Finished(
            waiting.delivery.id(),
            Delivery.Status.SUPERSEDED,
            waiting.attempts,
            clock.instant(),
            "what was to be sent before it failed"));
    lane.drop(waiting);
    CompletableFuture<Boolean> instead =
        waiting
            .state
            .filter(_ -> !lane.retired)
            .map(state -> decide(lane, state))
            .orElse(CompletableFuture.completedFuture(false));
    var _ = instead.thenAccept(told -> finish(waiting, told));
  }

  private List<OutboxChange> supersede(DeliveryQueue.Item item, String why, Instant now) {
    finish(item, false);
    return List.of(
        new OutboxChange.Finished(
            item.delivery.id(), Delivery.Status.SUPERSEDED, item.attempts, now, why));
  }

  private void finish(DeliveryQueue.Item item, boolean told) {
    if (!item.isFinished()) {
      pending.decrementAndGet();
      item.finish(told);
    }
  }

  private void note(OutboxChange fact) {
    var _ = journal.append(List.of(fact));
  }

  private static String type(DeliveryQueue.Item item) {
    return item.delivery.key().integration().type();
  }

  /// Deliveries as people look them up.
  public List<LedgerEntry> ledger(LedgerQuery query) {
    return store.ledger(query);
  }

  /// Forgets what has expired: log entries, finished deliveries, idle lanes.
  public void collectGarbage() {
    Instant now = clock.instant();
    List<NotificationLogKey> expired = log.removeExpired(now);
    if (!expired.isEmpty()) {
      note(new OutboxChange.Forgotten(expired));
    }
    store.forgetFinishedBefore(now.minus(LEDGER_RETENTION));
    lanes.values().removeIf(lane -> lane.retireIfIdle(now));
  }

  /// The integrations in force that can tell nobody now, since a secret's file is missing.
  public List<UnconfiguredIntegration> unconfigured() {
    return worker.unconfigured();
  }

  /// The receivers that tell nobody now, though they have integrations: all of these are
  /// unconfigured, and those of the fallback too.
  public Set<String> silentReceivers() {
    List<IntegrationId> lacking =
        worker.unconfigured().stream().map(UnconfiguredIntegration::integration).toList();
    return lacking.stream()
        .map(IntegrationId::receiver)
        .filter(receiver -> isSilent(receiver, lacking))
        .filter(
            receiver ->
                settings.fallback(receiver).filter(name -> !isSilent(name, lacking)).isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private boolean isSilent(String receiver, List<IntegrationId> lacking) {
    return worker.integrations(receiver).stream().allMatch(it -> lacking.contains(it.id()));
  }

  /// How many deliveries are neither sent nor given up.
  public int pending() {
    return pending.get();
  }

  /// Starts no more attempts. What is undelivered stays in the store for the next start.
  @Override
  public void close() {
    closed = true;
    worker.close();
  }
}
