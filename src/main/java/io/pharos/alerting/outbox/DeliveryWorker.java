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

/// Passes due deliveries to their notifiers and reports each result to the [Outbox]. Limits the
/// concurrent attempts and enforces rate limits. If a rate limit held back several deliveries, it
/// combines them into one message. Thread-safe.
final class DeliveryWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryWorker.class);

  /// Minimum time for sending deliveries that a rate limit held back, even after their deadline.
  private static final Duration GRACE = Duration.ofSeconds(30);

  /// Minimum time for one attempt, unless the deadline is nearer: some mail servers wait six
  /// seconds before their greeting.
  private static final Duration MIN_ATTEMPT = Duration.ofSeconds(10);

  private final Outbox outbox;
  private final NotifyMetrics metrics;
  private final ShardOwnership ownership;
  private final ConcurrencyLimiter limiter;
  private final SecretFileWatch secretFiles;
  private final Map<Integration.Id, RateLimiter> limiters = new ConcurrentHashMap<>();

  /// Number of attempts of each shard that are in progress, or finished but not recorded yet.
  private final AtomicIntegerArray running = new AtomicIntegerArray(ShardOwnership.SHARDS);

  private volatile Map<Integration.Id, Integration> integrations = Map.of();
  private volatile boolean closed;

  /// @param outbox receives the result of each attempt; all of its fields except this worker must
  ///   be initialized
  DeliveryWorker(Outbox outbox, NotifyMetrics metrics, ShardOwnership ownership) {
    this.outbox = outbox;
    this.metrics = metrics;
    this.ownership = ownership;
    this.limiter = new ConcurrencyLimiter(outbox.timers);
    this.secretFiles = new SecretFileWatch(metrics.registry);
  }

  /// Replaces the integrations and rate limits. Deliveries that a changed limit held back may be
  /// started again.
  void install(Map<Integration.Id, Integration> newIntegrations) {
    integrations = Map.copyOf(newIntegrations);
    secretFiles.watch(integrations.values());
    var removed = new HashMap<>(limiters);
    for (Integration integration : integrations.values()) {
      integration
          .limit()
          .ifPresent(
              limit -> {
                RateLimiter previous = limiters.get(integration.id());
                if (previous != null && previous.limit.equals(limit)) {
                  removed.remove(integration.id());
                } else {
                  limiters.put(integration.id(), new RateLimiter(limit, outbox.timers::now));
                }
              });
    }
    removed.forEach(
        (id, rateLimiter) -> {
          limiters.remove(id, rateLimiter);
          for (RateLimiter.Entry entry : rateLimiter.drain()) {
            synchronized (entry.queue()) {
              entry.item().started = false;
            }
          }
        });
  }

  /// Returns the current integrations that cannot send now.
  List<Integration.Unconfigured> unconfigured() {
    return secretFiles.unconfigured();
  }

  /// Whether an integration lacks a secret file now.
  boolean isUnconfigured(Integration.Id id) {
    Integration integration = integrations.get(id);
    return integration != null && secretFiles.missing(integration).isPresent();
  }

  /// Returns the integrations of a receiver.
  List<Integration> integrations(String receiver) {
    return integrations.values().stream()
        .filter(integration -> integration.id().receiver().equals(receiver))
        .toList();
  }

  /// Returns the receivers that can notify nobody: all of their integrations lack a secret file,
  /// and so do all integrations of their fallback.
  Set<String> silentReceivers(DeliverySettings settings) {
    Set<Integration.Id> idsWithoutSecret =
        unconfigured().stream()
            .map(Integration.Unconfigured::integration)
            .collect(Collectors.toSet());
    Predicate<String> silent =
        receiver ->
            integrations(receiver).stream()
                .allMatch(integration -> idsWithoutSecret.contains(integration.id()));
    return idsWithoutSecret.stream()
        .map(Integration.Id::receiver)
        .filter(silent)
        .filter(receiver -> settings.fallback(receiver).filter(silent.negate()).isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Logs the receivers that can notify nobody.
  void warnOfSilent(DeliverySettings settings) {
    silentReceivers(settings)
        .forEach(
            receiver ->
                LOG.warn(
                    "The receiver {} sends nothing: every integration lacks its secret file, and no"
                        + " fallback works. Create the files",
                    receiver));
  }

  /// Whether no attempt is in progress for a shard and all finished attempts are recorded.
  boolean isQuiet(int shard) {
    return running.get(shard) == 0;
  }

  /// Sends a delivery, or holds it back until the rate limit permits another message. May block.
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

  /// Sends the deliveries that a rate limit held back, if the limit permits a message now.
  private void release(Integration.Id id, RateLimiter rateLimiter) {
    List<RateLimiter.Entry> entries =
        rateLimiter.release(wait -> releaseAfter(wait, id, rateLimiter));
    Integration integration = integrations.get(id);
    if (integration == null) {
      entries.forEach(entry -> attempt(entry.queue(), entry.item()));
    } else {
      send(integration, entries, GRACE);
    }
  }

  /// Combines the deliveries that may be sent now into one message, and sends it.
  ///
  /// @param grace minimum time for the attempt, even if the deadlines are nearer
  private void send(Integration integration, List<RateLimiter.Entry> entries, Duration grace) {
    var sending = new ArrayList<RateLimiter.Entry>();
    NotifyResult result;
    try (var _ = limiter.acquire(integration.permits())) {
      for (RateLimiter.Entry entry : entries) {
        if (!entry.item().direct && !ownership.isCertain(entry.shard())) {
          outbox.postpone(entry.queue(), entry.item());
        } else if (!closed
            && !outbox.withdraw(entry.queue(), entry.item())
            && entry.queue().begin(entry.item())) {
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
      // The journal stores entries in order. Once this empty entry is stored, the results are too.
      var _ =
          outbox
              .journal
              .append(List.of())
              .whenComplete(
                  (_, _) -> sending.forEach(entry -> running.decrementAndGet(entry.shard())));
    }
  }

  /// Returns the time for one attempt: half of the remaining time, but at least [#MIN_ATTEMPT] if
  /// so much time remains. If the receiver does not respond to one attempt, for example because a
  /// load balancer lost a connection, another attempt must be possible.
  private static Duration attemptTime(Duration left) {
    Duration half = Duration.ofMillis(left.toMillis() / 2); // dividedBy() uses big decimals
    if (half.compareTo(MIN_ATTEMPT) >= 0) {
      return half;
    }
    return left.compareTo(MIN_ATTEMPT) < 0 ? left : MIN_ATTEMPT;
  }

  private NotifyResult call(
      Integration integration, List<RateLimiter.Entry> entries, Duration grace) {
    List<Notification> notifications =
        entries.stream().map(entry -> entry.item().delivery.notification()).toList();
    Instant began = outbox.timers.now();
    Duration left =
        entries.stream()
            .map(entry -> Duration.between(began, entry.item().deadline))
            .max(Comparator.naturalOrder())
            .filter(most -> most.compareTo(grace) > 0)
            .orElse(grace);
    NotifyResult result;
    try {
      result =
          integration
              .notifier()
              .notify(
                  entries.size() == 1
                      ? notifications.getFirst()
                      : Notification.together(outbox.ids.get(), notifications),
                  outbox.systemClock.instant().plus(attemptTime(left)));
    } catch (RuntimeException | Error e) {
      // Even an OutOfMemoryError for one message must not stop the queue, so the attempt ends with
      // a result.
      LOG.warn(
          "{}: the notifier threw an exception; the attempt counts as failed", integration.id(), e);
      result = new NotifyResult.Retryable(e.toString());
    }
    Instant ended = outbox.timers.now();
    metrics.attempted(
        integration.id().type(),
        Duration.between(began, ended),
        result instanceof NotifyResult.Sent,
        ended);
    if (entries.size() > 1 && result instanceof NotifyResult.Sent(String answer)) {
      metrics.summarized(integration.id().type(), entries.size());
      return new NotifyResult.Sent(
          answer + " (in one message with " + (entries.size() - 1) + " more)");
    }
    return result;
  }

  /// Starts no more attempts; running attempts continue.
  @Override
  public void close() {
    closed = true;
  }
}
