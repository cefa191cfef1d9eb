package io.pharos.alerting.notify;

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

/// Carries what is due to the notifiers: a few at a time, not more than rate limits allow, and what
/// these held back in one message. What came of it is the outbox' business. Thread-safe.
final class Courier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

  /// How long what a rate limit held back is tried at least, if its deadline has passed meanwhile.
  private static final Duration GRACE = Duration.ofSeconds(30);

  /// Is told what came of an attempt.
  @FunctionalInterface
  interface Conclusion {
    void conclude(Lane lane, Lane.Item item, NotifyResult result);
  }

  private final Conclusion conclusion;
  private final BiConsumer<Lane, Lane.Item> postponement;
  private final Journal journal;
  private final InstantSource clock;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<String> ids;
  private final NotifyMetrics metrics;
  private final Ownership ownership;
  private final Turns turns;
  private final Readiness readiness;
  private final Map<IntegrationId, Crowd> crowds = new ConcurrentHashMap<>();

  /// Attempts in progress, and ended ones whose record is on its way, by shard.
  private final AtomicIntegerArray attempts = new AtomicIntegerArray(Ownership.SHARDS);

  private volatile Map<IntegrationId, Integration> integrations = Map.of();
  private volatile boolean closed;

  /// @param conclusion is called behind each attempt
  /// @param postponement is called instead of an attempt where another replica may make it
  Courier(
      Conclusion conclusion,
      BiConsumer<Lane, Lane.Item> postponement,
      Journal journal,
      InstantSource clock,
      Timers timers,
      Executor executor,
      Supplier<String> ids,
      NotifyMetrics metrics,
      Ownership ownership) {
    this.conclusion = requireNonNull(conclusion, "conclusion is null");
    this.postponement = requireNonNull(postponement, "postponement is null");
    this.journal = journal;
    this.clock = clock;
    this.timers = timers;
    this.executor = executor;
    this.ids = ids;
    this.metrics = metrics;
    this.ownership = requireNonNull(ownership, "ownership is null");
    this.turns = new Turns(timers);
    this.readiness = new Readiness(metrics.registry());
  }

  /// Puts integrations and rate limits in force in the place of those before. Where a limit has
  /// changed, what waited for the one before is no longer marked as on its way.
  void install(Map<IntegrationId, Integration> inForce) {
    integrations = Map.copyOf(inForce);
    readiness.watch(integrations.values());
    var gone = new HashMap<>(crowds);
    for (Integration integration : integrations.values()) {
      integration
          .limit()
          .ifPresent(
              limit -> {
                Crowd before = crowds.get(integration.id());
                if (before != null && before.limit().equals(limit)) {
                  gone.remove(integration.id());
                } else {
                  crowds.put(integration.id(), new Crowd(limit, clock));
                }
              });
    }
    gone.forEach(
        (id, crowd) -> {
          crowds.remove(id, crowd);
          for (Crowd.Member member : crowd.drain()) {
            synchronized (member.lane()) {
              member.item().started = false;
            }
          }
        });
  }

  /// The integrations in force that can tell nobody now.
  List<Unconfigured> unconfigured() {
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
  void attempt(Lane lane, Lane.Item item) {
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
    var member = new Crowd.Member(lane, item);
    Crowd crowd = crowds.get(integration.id());
    if (crowd == null) {
      send(integration, List.of(member), Duration.ZERO);
      return;
    }
    switch (crowd.admit(member)) {
      case Crowd.Admission.Go() -> send(integration, List.of(member), Duration.ZERO);
      case Crowd.Admission.Wait(Optional<Duration> wait) ->
          wait.ifPresent(time -> leaveAfter(time, integration.id(), crowd));
    }
  }

  private void leaveAfter(Duration wait, IntegrationId id, Crowd crowd) {
    timers.schedule(wait, () -> executor.execute(() -> leave(id, crowd)));
  }

  /// Lets go what a rate limit has held back.
  private void leave(IntegrationId id, Crowd crowd) {
    List<Crowd.Member> all = crowd.leave(wait -> leaveAfter(wait, id, crowd));
    Integration integration = integrations.get(id);
    if (integration == null) {
      all.forEach(member -> attempt(member.lane(), member.item()));
    } else {
      send(integration, all, GRACE);
    }
  }

  /// Sends what may be sent of some deliveries, in one message.
  ///
  /// @param grace how much time there is at least, whatever the deadlines
  private void send(Integration integration, List<Crowd.Member> all, Duration grace) {
    var sending = new ArrayList<Crowd.Member>();
    NotifyResult result;
    try (var _ = turns.take(integration.free())) {
      for (Crowd.Member member : all) {
        if (!member.item().direct && !ownership.isCertain(member.shard())) {
          postponement.accept(member.lane(), member.item());
        } else if (!closed && member.lane().begin(member.item())) {
          member.item().attempts++;
          sending.add(member);
        }
      }
      if (sending.isEmpty()) {
        return;
      }
      if (ownership.isShared()) {
        sending.forEach(member -> attempts.incrementAndGet(member.shard()));
      }
      result = call(integration, sending, grace);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    sending.forEach(member -> conclusion.conclude(member.lane(), member.item(), result));
    if (ownership.isShared()) {
      // The journal keeps order: when this is through, the record of the attempt is.
      var _ =
          journal
              .append(List.of())
              .whenComplete(
                  (_, _) -> sending.forEach(member -> attempts.decrementAndGet(member.shard())));
    }
  }

  private NotifyResult call(Integration integration, List<Crowd.Member> all, Duration grace) {
    Instant begin = clock.instant();
    List<Notification> notifications =
        all.stream().map(member -> member.item().delivery.notification()).toList();
    Instant deadline =
        all.stream()
            .map(member -> member.item().delivery.deadline())
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
                  deadline);
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
