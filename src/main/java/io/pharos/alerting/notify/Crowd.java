package io.pharos.alerting.notify;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.RateLimit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The deliveries that an integration's rate limit holds back. Once another message may be sent
/// they leave together. Thread-safe.
final class Crowd {
  /// A delivery and its lane.
  record Member(Lane lane, Lane.Item item) {
    int shard() {
      return Ownership.shard(item.delivery.key().groupKey());
    }
  }

  private final RateLimit limit;
  private final SendQuota quota;
  private List<Member> waiting = new ArrayList<>();

  Crowd(RateLimit limit, InstantSource clock) {
    this.limit = requireNonNull(limit, "limit is null");
    this.quota = new SendQuota(limit.messages(), limit.per(), clock);
  }

  RateLimit limit() {
    return limit;
  }

  /// What becomes of a delivery that wants to leave.
  sealed interface Admission {
    /// It may leave now.
    record Go() implements Admission {}

    /// It waits.
    ///
    /// @param time until [Crowd#leave] is to be called; empty where somebody else sees to that
    record Wait(Optional<Duration> time) implements Admission {}
  }

  synchronized Admission admit(Member member) {
    if (waiting.isEmpty()) {
      Optional<Duration> wait = quota.take();
      if (wait.isEmpty()) {
        return new Admission.Go();
      }
      waiting.add(member);
      return new Admission.Wait(wait);
    }
    waiting.add(member);
    return new Admission.Wait(Optional.empty());
  }

  /// Those that wait, if a message may be sent now.
  ///
  /// @param later is called with the time to wait until the next try, if there must be one
  synchronized List<Member> leave(Consumer<Duration> later) {
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

  /// Those that wait, who don't wait here any more.
  synchronized List<Member> drain() {
    List<Member> all = waiting;
    waiting = new ArrayList<>();
    return all;
  }
}
