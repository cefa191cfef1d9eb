package io.pharos.alerting.outbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/// Sliding-window quota: at most a number of messages in any time span of a length. Thread-safe.
final class SendQuota {
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

  /// Takes one message from the quota, or returns how long to wait.
  synchronized Optional<Duration> take() {
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
