package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.Loops;
import io.pharos.schedule.Slots;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Recurring work on the Quarkus scheduler, as programmatic jobs on virtual threads.
/* The scheduler looks for due triggers once a second and lets a trigger that fired late stay late.
 * So each job is a trigger of one second that looks at the clock itself (see Slots). */
@ApplicationScoped
class QuarkusJobs implements JobScheduler {
  private final Scheduler scheduler;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final Loops loops;
  private final Map<String, Slots> jobs = new HashMap<>();

  QuarkusJobs(Scheduler scheduler, InstantSource clock, MeterRegistry registry, Loops loops) {
    this.scheduler = scheduler;
    this.clock = clock;
    this.registry = registry;
    this.loops = loops;
  }

  @Override
  public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
    var slots =
        new Slots(
            name,
            every,
            offset,
            task,
            clock,
            QuarkusJobs::sleep,
            registry,
            loops.begin(name, "", every));
    synchronized (jobs) {
      jobs.put(name, slots);
      begin(name, slots);
    }
    return () -> {
      slots.close();
      synchronized (jobs) {
        if (jobs.remove(name, slots)) {
          scheduler.unscheduleJob(name);
        }
      }
    };
  }

  private void begin(String name, Slots slots) {
    scheduler
        .newJob(name)
        .setInterval("1s")
        .setConcurrentExecution(ConcurrentExecution.PROCEED)
        .setTask(_ -> slots.look(), true)
        .schedule();
  }

  /* A trigger waits until a second has passed since it last fired by the clock on the wall. */
  @Override
  public void clockSetBack() {
    synchronized (jobs) {
      jobs.forEach(
          (name, slots) -> {
            scheduler.unscheduleJob(name);
            begin(name, slots);
          });
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) { // the look ends
      Thread.currentThread().interrupt();
    }
  }
}
