package io.pharos.schedule;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Runs jobs on virtual threads, in processes without Quarkus.
public final class ProcessJobs implements JobScheduler, AutoCloseable {
  private final ScheduledExecutorService checks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("jobs").factory());
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final LoopRegistry loops;

  public ProcessJobs(InstantSource clock, MeterRegistry registry, LoopRegistry loops) {
    this.clock = clock;
    this.registry = registry;
    this.loops = loops;
  }

  @Override
  public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
    var slots =
        new JobSlots(
            name,
            every,
            offset,
            task,
            clock,
            ProcessJobs::sleep,
            registry,
            loops.begin(name, "", every));
    Future<?> checking =
        checks.scheduleAtFixedRate(
            slots::startIfDue, 0, JobSlots.CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    return () -> {
      slots.close();
      checking.cancel(false);
    };
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) { // runDue() then ends
      Thread.currentThread().interrupt();
    }
  }

  /// Prevents further runs; active runs end by themselves.
  @Override
  public void close() {
    checks.shutdownNow();
  }
}
