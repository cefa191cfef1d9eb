package io.pharos.alerting.outbox;

import java.time.Duration;
import java.time.Instant;

/// Runs tasks once, later. Tasks must not block: they pass long work to an executor.
public interface Timers {
  /// Runs the task after a delay; immediately if the delay is zero or negative, but never within
  /// this call.
  Timer schedule(Duration delay, Runnable task);

  /// Returns a time that passes evenly, also if the clock is set meanwhile. It is no time of day:
  /// only the time between two such times has a meaning.
  Instant now();

  /// A scheduled task.
  interface Timer {
    /// Cancels the task unless it is running.
    void cancel();
  }
}
