package io.pharos.alerting.outbox;

import io.pharos.config.pharos.RateLimit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Enforces an integration's rate limit. Excess deliveries wait here and are released together as
/// soon as another message may be sent. Thread-safe.
final class RateLimiter {
  /// A delivery and its queue.
  record Entry(DeliveryQueue queue, DeliveryQueue.Item item) {
    int shard() {
      return ShardOwnership.shard(item.delivery.key().groupKey());
    }
  }

  private final RateLimit limit;
  private final SendQuota quota;
  private List<Entry> waiting = new ArrayList<>();

  RateLimiter(RateLimit limit, InstantSource clock) {
    this.limit = limit;
    this.quota = new SendQuota(limit.messages(), limit.per(), clock);
  }

  RateLimit limit() {
    return limit;
  }

  /// Whether a due delivery may be sent.
  sealed interface Admission {
    /// It may be sent now.
    record Go() implements Admission {}

    /// It waits.
    ///
    /// @param time when to call [RateLimiter#release]; empty if a call is already scheduled
    record Wait(Optional<Duration> time) implements Admission {}
  }

  synchronized Admission admit(Entry entry) {
    if (waiting.isEmpty()) {
      Optional<Duration> wait = quota.take();
      if (wait.isEmpty()) {
        return new Admission.Go();
      }
      waiting.add(entry);
      return new Admission.Wait(wait);
    }
    waiting.add(entry);
    return new Admission.Wait(Optional.empty());
  }

  /// Returns the waiting deliveries if a message may be sent now; otherwise none.
  ///
  /// @param later receives the time until the next try if deliveries still wait
  synchronized List<Entry> release(Consumer<Duration> later) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    Optional<Duration> wait = quota.take();
    if (wait.isPresent()) {
      later.accept(wait.get());
      return List.of();
    }
    return drain();
  }

  /// Returns all waiting deliveries, whatever the limit.
  synchronized List<Entry> drain() {
    List<Entry> all = waiting;
    waiting = new ArrayList<>();
    return all;
  }
}
