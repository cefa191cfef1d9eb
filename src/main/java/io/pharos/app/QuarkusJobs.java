package io.pharos.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.schedule.JobScheduler;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Recurring work on the Quarkus scheduler, as programmatic jobs on virtual threads.
/* The scheduler looks for due triggers once a second and lets a trigger that fired late stay late.
 * So each job is a trigger of one second that looks at the clock itself: it runs when a slot
 * `offset + k * every` has come, at most a second after it, and does not drift. */
@ApplicationScoped
class QuarkusJobs implements JobScheduler {
  private static final Logger LOG = LoggerFactory.getLogger(QuarkusJobs.class);

  /// A run counts as late when it begins this long after its slot.
  private static final Duration LATE = Duration.ofSeconds(2);

  private final Scheduler scheduler;
  private final InstantSource clock;
  private final MeterRegistry registry;

  QuarkusJobs(Scheduler scheduler, InstantSource clock, MeterRegistry registry) {
    this.scheduler = scheduler;
    this.clock = clock;
    this.registry = registry;
  }

  @Override
  public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
    if (every.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(every + ": a job runs at most once a second");
    }
    var slots = new Slots(name, every.toMillis(), offset.toMillis(), task);
    scheduler
        .newJob(name)
        .setInterval("1s")
        .setConcurrentExecution(ConcurrentExecution.PROCEED)
        .setTask(_ -> slots.look(), true)
        .schedule();
    return () -> scheduler.unscheduleJob(name);
  }

  private final class Slots {
    private final String name;
    private final long every;
    private final long offset;
    private final Consumer<Instant> task;
    private final AtomicBoolean running = new AtomicBoolean();
    private final Counter late;
    private final Counter skipped;
    private final Counter failed;
    private volatile long next;

    Slots(String name, long every, long offset, Consumer<Instant> task) {
      this.name = name;
      this.every = every;
      this.offset = offset;
      this.task = task;
      this.late = registry.counter("pharos_job_late", "job", name);
      this.skipped = registry.counter("pharos_job_skipped", "job", name);
      this.failed = registry.counter("pharos_job_failures", "job", name);
      this.next = slotAfter(clock.millis() - 1);
    }

    private long slotAfter(long millis) {
      return Math.floorDiv(millis - offset, every) * every + offset + every;
    }

    void look() {
      if (clock.millis() < next || !running.compareAndSet(false, true)) {
        return;
      }
      try {
        long now = clock.millis();
        if (now < next) {
          return;
        }
        long slot = slotAfter(now) - every;
        skipped.increment((slot - next) / (double) every);
        if (now - slot > LATE.toMillis()) {
          late.increment();
        }
        next = slot + every;
        task.accept(Instant.ofEpochMilli(slot));
      } catch (RuntimeException e) {
        failed.increment();
        LOG.error("job {} failed", name, e);
      } finally {
        running.set(false);
      }
    }
  }
}
