package io.pharos.alerting.outbox;

import java.time.Duration;

/// Runs work once, later. The work must not block: it hands what takes time to an executor.
public interface Timers {
  /// Runs the task after a delay; at once, but never within this call, where it is zero or less.
  Timer schedule(Duration delay, Runnable task);

  /// Work that is due.
  interface Timer {
    /// Keeps the task from running, unless it runs already.
    void cancel();
  }
}
