package io.pharos.alerting.outbox;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.IntegrationId;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.DeliverySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
  private static final Duration MIN_ATTEMPT = Duration.ofSeconds(10);

  /// Is told what came of an attempt.
  @FunctionalInterface
  interface Conclusion {
    void conclude(DeliveryQueue queue, DeliveryQueue.Item item, NotifyResult result);
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
  private final SecretFileWatch secretFiles;
  private final Map<IntegrationId, RateLimiter> limiters = new ConcurrentHashMap<>();

  /// Attempts in progress, and ended ones whose record is on its way, by shard.
  private final AtomicIntegerArray running = new AtomicIntegerArray(ShardOwnership.SHARDS);

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
    this.secretFiles = new SecretFileWatch(metrics.registry());
  }

  /// Puts integrations and rate limits in force in the place of those before. Where a limit has
  /// changed, what waited for the one before is no longer marked as on its way.
  void install(Map<IntegrationId, Integration> inForce) {
    integrations = Map.copyOf(inForce);
    secretFiles.watch(integrations.values());
    var gone = new HashMap<>(limiters);
    for (Integration integration : integrations.values()) {
      integration
          .limit()
          .ifPresent(
              limit -> {
                RateLimiter before = limiters.get(integration.id());
                if (before != null && before.limit().equals(limit)) {
                  gone.remove(integration.id());
                } else {
                  limiters.put(integration.id(), new RateLimiter(limit, clock));
                }
              });
    }
    gone.forEach(
        (id, rateLimiter) -> {
          limiters.remove(id, rateLimiter);
          for (RateLimiter.Entry entry : rateLimiter.drain()) {
            synchronized (entry.queue()) {
              entry.item().started = false;
            }
          }
        });
  }

  /// The integrations in force that can tell nobody now.
  List<UnconfiguredIntegration> unconfigured() {
    return secretFiles.unconfigured();
  }

  /// Whether an integration lacks something now.
  boolean isUnconfigured(IntegrationId id) {
    Integration integration = integrations.get(id);
    return integration != null && secretFiles.missing(integration).isPresent();
  }

  /// The integrations of a receiver.
  List<Integration> integrations(String receiver) {
    return integrations.values().stream()
        .filter(integration -> integration.id().receiver().equals(receiver))
        .toList();
  }

  /// Receivers whose integrations all lack a secret file, as do those of their fallback.
  Set<String> silentReceivers(DeliverySettings settings) {
    Set<IntegrationId> lacking =
        unconfigured().stream()
            .map(UnconfiguredIntegration::integration)
            .collect(Collectors.toSet());
    Predicate<String> silent =
        receiver -> integrations(receiver).stream().allMatch(it -> lacking.contains(it.id()));
    return lacking.stream()
        .map(IntegrationId::receiver)
        .filter(silent)
        .filter(receiver -> settings.fallback(receiver).filter(silent.negate()).isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Whether no attempt is in progress for a shard and all that ended are on record.
  boolean isQuiet(int shard) {
    return running.get(shard) == 0;
  }

  /// Sends a delivery, or keeps it until the rate limit allows another message. May block.
  void attempt(DeliveryQueue queue, DeliveryQueue.Item item) {
    Integration integration = integrations.get(item.delivery.key().integration());
    if (integration == null) {
      if (queue.begin(item)) {
        item.attempts++;
        conclusion.conclude(
            queue, item, new NotifyResult.Rejected("the integration is no longer configured"));
      }
      return;
    }
    Optional<String> missing = secretFiles.missing(integration);
    if (missing.isPresent()) {
      if (queue.begin(item)) {
        conclusion.conclude(queue, item, new NotifyResult.NotConfigured(missing.get()));
      }
      return;
    }
    var entry = new RateLimiter.Entry(queue, item);
    RateLimiter rateLimiter = limiters.get(integration.id());
    if (rateLimiter == null) {
      send(integration, List.of(entry), Duration.ZERO);
      return;
    }
    switch (rateLimiter.admit(entry)) {
      case RateLimiter.Admission.Go() -> send(integration, List.of(entry), Duration.ZERO);
      case RateLimiter.Admission.Wait(Optional<Duration> wait) ->
          wait.ifPresent(time -> releaseAfter(time, integration.id(), rateLimiter));
    }
  }

  private void releaseAfter(Duration wait, IntegrationId id, RateLimiter rateLimiter) {
    timers.schedule(wait, () -> executor.execute(() -> release(id, rateLimiter)));
  }

  /// Sends the deliveries that a rate limit has held back, if it allows a message now.
  private void release(IntegrationId id, RateLimiter rateLimiter) {
    List<RateLimiter.Entry> all = rateLimiter.release(wait -> releaseAfter(wait, id, rateLimiter));
    Integration integration = integrations.get(id);
    if (integration == null) {
      all.forEach(entry -> attempt(entry.queue(), entry.item()));
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
    try (var _ = limiter.acquire(integration.permits())) {
      for (RateLimiter.Entry entry : all) {
        if (!entry.item().direct && !ownership.isCertain(entry.shard())) {
          postponement.accept(entry.queue(), entry.item());
        } else if (!closed && entry.queue().begin(entry.item())) {
          entry.item().attempts++;
          sending.add(entry);
        }
      }
      if (sending.isEmpty()) {
        return;
      }
      if (ownership.isShared()) {
        sending.forEach(entry -> running.incrementAndGet(entry.shard()));
      }
      result = call(integration, sending, grace);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    sending.forEach(entry -> conclusion.conclude(entry.queue(), entry.item(), result));
    if (ownership.isShared()) {
      // The journal keeps order: when this is through, the record of the attempt is.
      var _ =
          journal
              .append(List.of())
              .whenComplete(
                  (_, _) -> sending.forEach(entry -> running.decrementAndGet(entry.shard())));
    }
  }

  /// How long one attempt may take: half of what is left. A receiver that hangs once, as behind a
  /// load balancer that forgot a connection, must leave time for the attempt that would succeed.
  private static Duration attemptTime(Duration left) {
    Duration half = left.dividedBy(2);
    if (half.compareTo(MIN_ATTEMPT) >= 0) {
      return half;
    }
    return left.compareTo(MIN_ATTEMPT) < 0 ? left : MIN_ATTEMPT;
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
                  begin.plus(attemptTime(Duration.between(begin, deadline))));
    } catch (RuntimeException | Error e) {
      // No memory for one message is no reason never to send another: the attempt must end.
      LOG.warn(
          "{}: the notifier threw an exception; the attempt counts as failed", integration.id(), e);
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

  /// Starts no more running.
  @Override
  public void close() {
    closed = true;
  }
}
