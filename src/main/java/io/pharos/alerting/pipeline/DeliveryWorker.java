package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes deliveries that are due to their notifiers: a few at a time, no more messages than rate
/// limits allow, and in one message what these held back. The [Outbox] is told what came of each.
/// Thread-safe.
final class DeliveryWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryWorker.class);

  /// How long deliveries that a rate limit held back are tried at least, even past their deadline.
  private static final Duration GRACE = Duration.ofSeconds(30);

  /// What one attempt may take at least, as far as there is so much: some mail servers greet after
  /// six seconds.
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(10);

  /// Is told what came of an attempt.
  @FunctionalInterface
  interface Conclusion {
    void conclude(DeliveryQueue lane, DeliveryQueue.Item item, NotifyResult result);
  }

  private final Conclusion conclusion;
  private final BiConsumer<DeliveryQueue, DeliveryQueue.Item> postponement;
  private final Journal journal;
  private final InstantSource clock;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<String> ids;
  private final NotifyMetrics metrics;
  private final ShardOwnership ownership;
  private final ConcurrencyLimiter limiter;
  private final SecretFileWatch readiness;
  private final Map<IntegrationId, RateLimiter> throttles = new ConcurrentHashMap<>();

  /// Attempts in progress, and ended ones whose record is on its way, by shard.
  private final AtomicIntegerArray attempts = new AtomicIntegerArray(ShardOwnership.SHARDS);

  private volatile Map<IntegrationId, Integration> integrations = Map.of();
  private volatile boolean closed;

  /// @param conclusion is called behind each attempt
  /// @param postponement is called instead of an attempt where another replica may make it
  DeliveryWorker(
      Conclusion conclusion,
      BiConsumer<DeliveryQueue, DeliveryQueue.Item> postponement,
      Journal journal,
      InstantSource clock,
      Timers timers,
      Executor executor,
      Supplier<String> ids,
      NotifyMetrics metrics,
      ShardOwnership ownership) {
    this.conclusion = requireNonNull(conclusion, "conclusion is null");
    this.postponement = requireNonNull(postponement, "postponement is null");
    this.journal = journal;
    this.clock = clock;
    this.timers = timers;
    this.executor = executor;
    this.ids = ids;
    this.metrics = metrics;
    this.ownership = requireNonNull(ownership, "ownership is null");
    this.limiter = new ConcurrencyLimiter(timers);
    this.readiness = new SecretFileWatch(metrics.registry());
  }

  /// Puts integrations and rate limits in force in the place of those before. Where a limit has
  /// changed, what waited for the one before is no longer marked as on its way.
  void install(Map<IntegrationId, Integration> inForce) {
    integrations = Map.copyOf(inForce);
    readiness.watch(integrations.values());
    var gone = new HashMap<>(throttles);
    for (Integration integration : integrations.values()) {
      integration
          .limit()
          .ifPresent(
              limit -> {
                RateLimiter before = throttles.get(integration.id());
                if (before != null && before.limit().equals(limit)) {
                  gone.remove(integration.id());
                } else {
                  throttles.put(integration.id(), new RateLimiter(limit, clock));
                }
              });
    }
    gone.forEach(
        (id, throttle) -> {
          throttles.remove(id, throttle);
          for (RateLimiter.Entry entry : throttle.drain()) {
            synchronized (entry.lane()) {
              entry.item().started = false;
            }
          }
        });
  }

  /// The integrations in force that can tell nobody now.
  List<UnconfiguredIntegration> unconfigured() {
    return readiness.unconfigured();
  }

  /// Whether an integration lacks something now.
  boolean isUnconfigured(IntegrationId id) {
    Integration integration = integrations.get(id);
    return integration != null && readiness.missing(integration).isPresent();
  }

  /// The integrations of a receiver.
  List<Integration> integrations(String receiver) {
    return integrations.values().stream()
        .filter(integration -> integration.id().receiver().equals(receiver))
        .toList();
  }

  /// Whether no attempt is in progress for a shard and all that ended are on record.
  boolean isQuiet(int shard) {
    return attempts.get(shard) == 0;
  }

  /// Sends a delivery, or keeps it until the rate limit allows another message. May block.
  void attempt(DeliveryQueue lane, DeliveryQueue.Item item) {
    Integration integration = integrations.get(item.delivery.key().integration());
    if (integration == null) {
      if (lane.begin(item)) {
        item.attempts++;
        conclusion.conclude(
            lane, item, new NotifyResult.Rejected("the integration is no longer configured"));
      }
      return;
    }
    Optional<String> missing = readiness.missing(integration);
    if (missing.isPresent()) {
      if (lane.begin(item)) {
        conclusion.conclude(lane, item, new NotifyResult.NotConfigured(missing.get()));
      }
      return;
    }
    var entry = new RateLimiter.Entry(lane, item);
    RateLimiter throttle = throttles.get(integration.id());
    if (throttle == null) {
      send(integration, List.of(entry), Duration.ZERO);
      return;
    }
    switch (throttle.admit(entry)) {
      case RateLimiter.Admission.Go() -> send(integration, List.of(entry), Duration.ZERO);
      case RateLimiter.Admission.Wait(Optional<Duration> wait) ->
          wait.ifPresent(time -> releaseAfter(time, integration.id(), throttle));
    }
  }

  private void releaseAfter(Duration wait, IntegrationId id, RateLimiter throttle) {
    timers.schedule(wait, () -> executor.execute(() -> release(id, throttle)));
  }

  /// Sends the deliveries that a rate limit has held back, if it allows a message now.
  private void release(IntegrationId id, RateLimiter throttle) {
    List<RateLimiter.Entry> all = throttle.release(wait -> releaseAfter(wait, id, throttle));
    Integration integration = integrations.get(id);
    if (integration == null) {
      all.forEach(entry -> attempt(entry.lane(), entry.item()));
    } else {
      send(integration, all, GRACE);
    }
  }

  /// Sends what may be sent of some deliveries, in one message.
  ///
  /// @param grace how much time there is at least, whatever the deadlines
  private void send(Integration integration, List<RateLimiter.Entry> all, Duration grace) {
    var sending = new ArrayList<RateLimiter.Entry>();
    NotifyResult result;
    try (var _ = limiter.acquire(integration.free())) {
      for (RateLimiter.Entry entry : all) {
        if (!entry.item().direct && !ownership.isCertain(entry.shard())) {
          postponement.accept(entry.lane(), entry.item());
        } else if (!closed && entry.lane().begin(entry.item())) {
          entry.item().attempts++;
          sending.add(entry);
        }
      }
      if (sending.isEmpty()) {
        return;
      }
      if (ownership.isShared()) {
        sending.forEach(entry -> attempts.incrementAndGet(entry.shard()));
      }
      result = call(integration, sending, grace);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    sending.forEach(entry -> conclusion.conclude(entry.lane(), entry.item(), result));
    if (ownership.isShared()) {
      // The journal keeps order: when this is through, the record of the attempt is.
      var _ =
          journal
              .append(List.of())
              .whenComplete(
                  (_, _) -> sending.forEach(entry -> attempts.decrementAndGet(entry.shard())));
    }
  }

  /// How long one attempt may take: half of what is left. A receiver that hangs once, as behind a
  /// load balancer that forgot a connection, must leave time for the attempt that would succeed.
  private static Duration patience(Duration left) {
    Duration half = left.dividedBy(2);
    if (half.compareTo(LEAST_PATIENCE) >= 0) {
      return half;
    }
    return left.compareTo(LEAST_PATIENCE) < 0 ? left : LEAST_PATIENCE;
  }

  private NotifyResult call(Integration integration, List<RateLimiter.Entry> all, Duration grace) {
    Instant begin = clock.instant();
    List<Notification> notifications =
        all.stream().map(entry -> entry.item().delivery.notification()).toList();
    Instant deadline =
        all.stream()
            .map(entry -> entry.item().delivery.deadline())
            .max(Comparator.naturalOrder())
            .filter(latest -> latest.isAfter(begin.plus(grace)))
            .orElse(begin.plus(grace));
    NotifyResult result;
    try {
      result =
          integration
              .notifier()
              .notify(
                  all.size() == 1
                      ? notifications.getFirst()
                      : Notification.together(ids.get(), notifications),
                  begin.plus(patience(Duration.between(begin, deadline))));
    } catch (RuntimeException | Error e) {
      // No memory for one message is no reason never to send another: the attempt must end.
      LOG.warn("{}: the notifier failed", integration.id(), e);
      result = new NotifyResult.Retryable(e.toString(), Optional.empty());
    }
    metrics.attempted(
        integration.id().type(),
        Duration.between(begin, clock.instant()),
        result instanceof NotifyResult.Sent);
    if (all.size() > 1 && result instanceof NotifyResult.Sent(String answer)) {
      metrics.summarized(integration.id().type(), all.size());
      return new NotifyResult.Sent(answer + " (in one message with " + (all.size() - 1) + " more)");
    }
    return result;
  }

  /// Starts no more attempts.
  @Override
  public void close() {
    closed = true;
  }
}
