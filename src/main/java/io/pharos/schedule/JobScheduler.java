package io.pharos.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/// Runs work again and again. A run that is still going when the next is due makes that one be
/// skipped and counted, never run beside it.
public interface JobScheduler {
  /// Runs the task at every `offset + k * every` since the Unix epoch, from now on.
  ///
  /// @param name unique among the running jobs; it names the thread and the metrics
  /// @param every at least one millisecond
  /// @param task gets the instant that the run was due at; what it throws is logged and counted
  Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task);

  /// Is told that the clock was set back: the next runs are due by what it says now. Nothing to do
  /// for one that waits by a clock which is never set.
  default void clockSetBack() {}

  /// A running job.
  interface Job extends AutoCloseable {
    /// Stops further runs; does not wait for a run that is going on.
    @Override
    void close();
  }
}
