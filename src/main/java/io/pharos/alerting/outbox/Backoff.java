package io.pharos.alerting.outbox;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Exponential back-off with jitter: starts at half a second and grows by half each time, up to a
/// minute. Each wait is randomly up to 50 % shorter or longer, so that many retries do not
/// coincide.
public record Backoff(RandomGenerator random) {
  private static final double FIRST_SECONDS = 0.5;
  private static final double GROWTH = 1.5;
  private static final double MAX_SECONDS = 60;

  /// Returns the wait before the next attempt.
  ///
  /// @param failures number of failed attempts so far, at least 1
  public Duration after(int failures) {
    double mean = Math.min(MAX_SECONDS, FIRST_SECONDS * Math.pow(GROWTH, failures - 1.0));
    double seconds = Math.min(MAX_SECONDS, mean * (0.5 + random.nextDouble()));
    return Duration.ofMillis(Math.round(seconds * 1000));
  }
}
