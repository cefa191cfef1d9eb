package io.pharos.tsdb.wal;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Decides when a log is forced to disk after a write.
public interface SyncTimer extends AutoCloseable {
  /// Runs an fsync one flush interval after this call.
  void later(Runnable sync);

  /// Cancels the fsyncs that have not begun.
  @Override
  void close();

  /// Creates a timer with its own thread.
  static SyncTimer onThread(Duration flushInterval) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("tsdb-wal-sync").factory());
    long millis = Math.max(1, flushInterval.toMillis());
    return new SyncTimer() {
      @Override
      public void later(Runnable sync) {
        Future<?> _ = thread.schedule(sync, millis, TimeUnit.MILLISECONDS);
      }

      @Override
      public void close() {
        thread.shutdownNow();
      }
    };
  }
}
