package io.pharos.alerting.outbox;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt: half a second, growing by half each time up to a
/// minute, and each time half as much more or less, so that many do not come back at once.
public record Backoff(RandomGenerator random) {
  private static final double FIRST_SECONDS = 0.5;
  private static final double GROWTH = 1.5;
  private static final double MOST_SECONDS = 60;

  /// The wait after so many failures.
  ///
  /// @param failures how many attempts have failed, from 1
  public Duration after(int failures) {
    double mean = Math.min(MOST_SECONDS, FIRST_SECONDS * Math.pow(GROWTH, failures - 1.0));
    double seconds = Math.min(MOST_SECONDS, mean * (0.5 + random.nextDouble()));
    return Duration.ofMillis(Math.round(seconds * 1000));
  }
}
