package io.pharos.schedule;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Recurring work on virtual threads of this process, for those that run without Quarkus.
public final class ProcessJobs implements JobScheduler, AutoCloseable {
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("jobs").factory());
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final LoopRegistry loops;

  public ProcessJobs(InstantSource clock, MeterRegistry registry, LoopRegistry loops) {
    this.clock = requireNonNull(clock, "clock is null");
    this.registry = requireNonNull(registry, "registry is null");
    this.loops = requireNonNull(loops, "loops is null");
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
    Future<?> looking =
        looks.scheduleAtFixedRate(
            slots::lookIfDue, 0, JobSlots.LOOK.toMillis(), TimeUnit.MILLISECONDS);
    return () -> {
      slots.close();
      looking.cancel(false);
    };
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) { // the look ends
      Thread.currentThread().interrupt();
    }
  }

  /// Nothing runs again; what runs ends by itself.
  @Override
  public void close() {
    looks.shutdownNow();
  }
}
