package io.pharos.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/// Runs jobs at fixed slots. If a run is still active when the next one is due, the next one is
/// skipped and counted.
public interface JobScheduler {
  /// Runs the task at every `offset + k * every` since the Unix epoch, starting now.
  ///
  /// @param name unique among the running jobs; also names the thread and the metrics
  /// @param every at least one millisecond
  /// @param task receives the slot's instant; its exceptions are logged and counted
  Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task);

  /// Reports that the clock was set back, so that the next runs follow the new time. Does nothing
  /// in a scheduler with a monotonic clock.
  default void clockSetBack() {}

  /// A running job.
  interface Job extends AutoCloseable {
    /// Stops further runs; does not wait for the active one.
    @Override
    void close();
  }
}
