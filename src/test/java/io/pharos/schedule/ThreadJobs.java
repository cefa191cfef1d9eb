package io.pharos.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Jobs on one thread and the wall clock, for tests with real sockets and disks.
public final class ThreadJobs implements JobScheduler, AutoCloseable {
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("test-jobs").factory());

  @Override
  public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
    Future<?> job =
        thread.scheduleAtFixedRate(
            () -> task.accept(Instant.now()),
            every.toNanos(),
            every.toNanos(),
            TimeUnit.NANOSECONDS);
    return () -> job.cancel(false);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
