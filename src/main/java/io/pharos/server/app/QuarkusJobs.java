package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.JobSlots;
import io.pharos.schedule.LoopRegistry;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Runs recurring jobs on virtual threads. A single trigger of the Quarkus scheduler checks each
/// second which jobs are due.
/* If a trigger of Quarkus is late once, all its later runs are late too. So each job computes
 * its own times (see JobSlots). */
@ApplicationScoped
class QuarkusJobs implements JobScheduler {
  private static final String TRIGGER = "jobs";

  private final Scheduler scheduler;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final LoopRegistry loops;
  private final Set<JobSlots> jobs = ConcurrentHashMap.newKeySet();
  private boolean triggerCreated;

  QuarkusJobs(
      Scheduler scheduler, InstantSource clock, MeterRegistry registry, LoopRegistry loops) {
    this.scheduler = scheduler;
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
            QuarkusJobs::sleep,
            registry,
            loops.begin(name, "", every));
    jobs.add(slots);
    begin();
    return () -> {
      slots.close();
      jobs.remove(slots);
    };
  }

  private synchronized void begin() {
    if (!triggerCreated) {
      triggerCreated = true;
      scheduler
          .newJob(TRIGGER)
          .setInterval("1s")
          .setConcurrentExecution(ConcurrentExecution.PROCEED)
          .setTask(_ -> jobs.forEach(JobSlots::startIfDue), true)
          .schedule();
    }
  }

  /* The trigger compares times of the wall clock: after the clock was set back by an hour, it would
   * not fire for an hour. So this method creates the trigger again. */
  @Override
  public synchronized void clockSetBack() {
    if (triggerCreated) {
      scheduler.unscheduleJob(TRIGGER);
      triggerCreated = false;
      begin();
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) { // the job ends
      Thread.currentThread().interrupt();
    }
  }
}
