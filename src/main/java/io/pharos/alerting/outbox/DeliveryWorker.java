package io.pharos.alerting.outbox;

import io.pharos.alerting.outbox.DeliveryQueue.Item;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.DeliverySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes due deliveries to their notifiers: a few at a time, within rate limits, and combining
/// deliveries that a limit held back into one message. Reports each result to the [Outbox].
/// Thread-safe.
final class DeliveryWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryWorker.class);

  /// Minimum time to try deliveries that a rate limit held back, even past their deadline.
  private static final Duration GRACE = Duration.ofSeconds(30);

  /// Minimum time for one attempt, unless less is left: some mail servers greet after six seconds.
  private static final Duration MIN_ATTEMPT = Duration.ofSeconds(10);

  private final Outbox outbox;
  private final NotifyMetrics metrics;
  private final ShardOwnership ownership;
  private final ConcurrencyLimiter limiter;
  private final SecretFileWatch secretFiles;
  private final Map<Integration.Id, RateLimiter> limiters = new ConcurrentHashMap<>();

  /// Attempts in progress, and finished ones whose record is not stored yet, by shard.
  private final AtomicIntegerArray running = new AtomicIntegerArray(ShardOwnership.SHARDS);

  private volatile Map<Integration.Id, Integration> integrations = Map.of();
  private volatile boolean closed;

  /// @param outbox gets the result of each attempt; its fields but this worker are set
  DeliveryWorker(Outbox outbox, NotifyMetrics metrics, ShardOwnership ownership) {
    this.outbox = outbox;
    this.metrics = metrics;
    this.ownership = ownership;
    this.limiter = new ConcurrencyLimiter(outbox.timers);
    this.secretFiles = new SecretFileWatch(metrics.registry);
  }

  /// Replaces the integrations and rate limits. When a limit has changed, deliveries that the old
  /// one held back may start again.
  void install(Map<Integration.Id, Integration> inForce) {
    integrations = Map.copyOf(inForce);
    secretFiles.watch(integrations.values());
    var gone = new HashMap<>(limiters);
    for (Integration integration : integrations.values()) {
      integration
          .limit()
          .ifPresent(
              limit -> {
                RateLimiter before = limiters.get(integration.id());
                if (before != null && before.limit.equals(limit)) {
                  gone.remove(integration.id());
                } else {
                  limiters.put(integration.id(), new RateLimiter(limit, outbox.clock));
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

  /// Integrations in force that cannot send now.
  List<Integration.Unconfigured> unconfigured() {
    return secretFiles.unconfigured();
  }

  /// Whether an integration lacks a secret file now.
  boolean isUnconfigured(Integration.Id id) {
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
    Set<Integration.Id> lacking =
        unconfigured().stream()
            .map(Integration.Unconfigured::integration)
            .collect(Collectors.toSet());
    Predicate<String> silent =
        receiver -> integrations(receiver).stream().allMatch(it -> lacking.contains(it.id()));
    return lacking.stream()
        .map(Integration.Id::receiver)
        .filter(silent)
        .filter(receiver -> settings.fallback(receiver).filter(silent.negate()).isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Whether no attempt is in progress for a shard and all finished ones are recorded.
  boolean isQuiet(int shard) {
    return running.get(shard) == 0;
  }

  /// Sends a delivery, or keeps it until the rate limit permits another message. May block.
  void attempt(DeliveryQueue queue, Item item) {
    Integration integration = integrations.get(item.delivery.key().integration());
    if (integration == null) {
      if (queue.begin(item)) {
        item.attempts++;
        outbox.conclude(
            queue, item, new NotifyResult.Rejected("the integration is no longer configured"));
      }
      return;
    }
    Optional<String> missing = secretFiles.missing(integration);
    if (missing.isPresent()) {
      if (queue.begin(item)) {
        outbox.conclude(queue, item, new NotifyResult.NotConfigured(missing.get()));
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

  private void releaseAfter(Duration wait, Integration.Id id, RateLimiter rateLimiter) {
    outbox.timers.schedule(wait, () -> outbox.executor.execute(() -> release(id, rateLimiter)));
  }

  /// Sends the deliveries that a rate limit held back, if it permits a message now.
  private void release(Integration.Id id, RateLimiter rateLimiter) {
    List<RateLimiter.Entry> all = rateLimiter.release(wait -> releaseAfter(wait, id, rateLimiter));
    Integration integration = integrations.get(id);
    if (integration == null) {
      all.forEach(entry -> attempt(entry.queue(), entry.item()));
    } else {
      send(integration, all, GRACE);
    }
  }

  /// Sends those deliveries that may be sent, in one message.
  ///
  /// @param grace minimum time for the attempt, whatever the deadlines
  private void send(Integration integration, List<RateLimiter.Entry> all, Duration grace) {
    var sending = new ArrayList<RateLimiter.Entry>();
    NotifyResult result;
    try (var _ = limiter.acquire(integration.permits())) {
      for (RateLimiter.Entry entry : all) {
        if (!entry.item().direct && !ownership.isCertain(entry.shard())) {
          outbox.postpone(entry.queue(), entry.item());
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
    sending.forEach(entry -> outbox.conclude(entry.queue(), entry.item(), result));
    if (ownership.isShared()) {
      // The journal keeps order: when this entry is stored, so is the record of the attempt.
      var _ =
          outbox
              .journal
              .append(List.of())
              .whenComplete(
                  (_, _) -> sending.forEach(entry -> running.decrementAndGet(entry.shard())));
    }
  }

  /// Returns the time for one attempt: half of what is left. If a receiver hangs once, for example
  /// because a load balancer lost a connection, there must be time for another attempt.
  private static Duration attemptTime(Duration left) {
    Duration half = left.dividedBy(2);
    if (half.compareTo(MIN_ATTEMPT) >= 0) {
      return half;
    }
    return left.compareTo(MIN_ATTEMPT) < 0 ? left : MIN_ATTEMPT;
  }

  private NotifyResult call(Integration integration, List<RateLimiter.Entry> all, Duration grace) {
    Instant begin = outbox.clock.instant();
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
                      : Notification.together(outbox.ids.get(), notifications),
                  begin.plus(attemptTime(Duration.between(begin, deadline))));
    } catch (RuntimeException | Error e) {
      // Running out of memory for one message must not end the queue: the attempt must finish.
      LOG.warn(
          "{}: the notifier threw an exception; the attempt counts as failed", integration.id(), e);
      result = new NotifyResult.Retryable(e.toString());
    }
    metrics.attempted(
        integration.id().type(),
        Duration.between(begin, outbox.clock.instant()),
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
