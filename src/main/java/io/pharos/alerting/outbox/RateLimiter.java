package io.pharos.alerting.outbox;

import io.pharos.alerting.outbox.DeliveryQueue.Item;
import io.pharos.config.pharos.RateLimit;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;

/// Enforces an integration's rate limit. Deliveries that exceed the limit wait here. They are all
/// released together as soon as another message may be sent. Thread-safe.
final class RateLimiter {
  /// A delivery and its queue.
  record Entry(DeliveryQueue queue, Item item) {
    int shard() {
      return ShardOwnership.shard(item.delivery.key().groupKey());
    }
  }

  final RateLimit limit;
  private final SendQuota quota;
  private List<Entry> waiting = new ArrayList<>();

  /// @param clock must pass evenly, as [Timers#now]
  RateLimiter(RateLimit limit, InstantSource clock) {
    this.limit = limit;
    this.quota = new SendQuota(limit.messages(), limit.per(), clock);
  }

  /// Whether a due delivery may be sent now.
  sealed interface Admission {
    /// The delivery may be sent now.
    record Go() implements Admission {}

    /// The delivery waits.
    ///
    /// @param time how long to wait before calling [RateLimiter#release]; empty if a call is
    ///   already scheduled
    record Wait(Optional<Duration> time) implements Admission {}
  }

  synchronized Admission admit(Entry entry) {
    if (waiting.isEmpty()) {
      Optional<Duration> wait = quota.use();
      if (wait.isEmpty()) {
        return new Admission.Go();
      }
      waiting.add(entry);
      return new Admission.Wait(wait);
    }
    waiting.add(entry);
    return new Admission.Wait(Optional.empty());
  }

  /// Removes and returns all waiting deliveries if a message may be sent now; otherwise returns no
  /// delivery.
  ///
  /// @param later called with the time until the next call of this method if deliveries still wait
  synchronized List<Entry> release(Consumer<Duration> later) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    Optional<Duration> wait = quota.use();
    if (wait.isPresent()) {
      later.accept(wait.get());
      return List.of();
    }
    return drain();
  }

  /// Removes and returns all waiting deliveries, even if the limit is exceeded.
  synchronized List<Entry> drain() {
    List<Entry> released = waiting;
    waiting = new ArrayList<>();
    return released;
  }

  /// Quota of a sliding window: a maximum number of messages within any time span of a fixed
  /// length. Thread-safe.
  static final class SendQuota {
    private final int max;
    private final Duration span;
    private final InstantSource clock;
    private final Queue<Instant> sent = new ArrayDeque<>();

    SendQuota(int max, Duration span, InstantSource clock) {
      if (max < 1) {
        throw new IllegalArgumentException(max + " is not a quota, expected at least 1");
      }
      this.max = max;
      this.span = span;
      this.clock = clock;
    }

    /// Counts one message against the quota. If the quota is exhausted, returns the time to wait.
    synchronized Optional<Duration> use() {
      Instant now = clock.instant();
      while (!sent.isEmpty() && !sent.element().plus(span).isAfter(now)) {
        sent.remove();
      }
      if (sent.size() < max) {
        sent.add(now);
        return Optional.empty();
      }
      return Optional.of(Duration.between(now, sent.element().plus(span)));
    }
  }
}
