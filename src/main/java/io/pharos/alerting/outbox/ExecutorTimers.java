package io.pharos.alerting.outbox;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Timers on one daemon thread.
public final class ExecutorTimers implements Timers, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorTimers.class);

  private final ScheduledThreadPoolExecutor executor;

  /// Starts the thread of the timers.
  public ExecutorTimers() {
    executor =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("notify-timers").factory());
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    if (executor.isShutdown()) {
      return () -> {};
    }
    ScheduledFuture<?> future =
        executor.schedule(
            () -> {
              try {
                task.run();
              } catch (RuntimeException | Error e) {
                LOG.error("A task of the notification timers threw an exception", e);
              }
            },
            Math.max(0, delay.toNanos()),
            TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public Instant now() {
    return Instant.EPOCH.plusNanos(System.nanoTime());
  }

  /// Drops pending tasks; does not wait for a running task.
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
