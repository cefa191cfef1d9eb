package io.pharos.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/// Runs jobs at fixed times (slots). If a run is still active at the next slot, that slot is
/// skipped and counted.
public interface JobScheduler {
  /// Runs the task at each time `offset + k * every` since the Unix epoch, starting now.
  ///
  /// @param name name of the job, unique among the running jobs; also the name of its threads and a
  ///   label of its metrics
  /// @param every interval of at least one millisecond
  /// @param task receives the slot's instant; its exceptions are logged and counted
  Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task);

  /// Reports that the clock was set back, so that the next runs follow the new time. A scheduler
  /// with a monotonic clock does nothing.
  default void clockSetBack() {}

  /// A job that is scheduled until it is closed.
  interface Job extends AutoCloseable {
    /// Prevents further runs. Does not wait for the end of an active run.
    @Override
    void close();
  }
}
