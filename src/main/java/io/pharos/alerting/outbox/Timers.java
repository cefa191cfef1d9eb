package io.pharos.alerting.outbox;

import java.time.Duration;

/// Runs tasks once, later. Tasks must not block: they pass long work to an executor.
public interface Timers {
  /// Runs the task after a delay; immediately if the delay is zero or negative, but never within
  /// this call.
  Timer schedule(Duration delay, Runnable task);

  /// A scheduled task.
  interface Timer {
    /// Cancels the task unless it is running.
    void cancel();
  }
}
