package io.pharos.schedule;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The slots `offset + k * every` of one job. Someone looks once a second where something is due; a
/// look runs every slot that comes until the next one, each at its time, so that a job may run more
/// often than that.
public final class JobSlots implements AutoCloseable {
  /// Lets time pass.
  public interface Pause {
    void sleep(Duration time);
  }

  /// How often somebody looks.
  public static final Duration LOOK = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(JobSlots.class);

  /// A run counts as late when it begins this long after its slot.
  private static final Duration LATE = Duration.ofSeconds(2);

  private final String name;
  private final long every;
  private final long offset;
  private final Consumer<Instant> task;
  private final InstantSource clock;
  private final Pause pause;
  private final LoopRegistry.Loop loop;
  private final AtomicBoolean running = new AtomicBoolean();
  private final Counter late;
  private final Counter skipped;
  private final Counter failed;
  private volatile long next;

  /// What the last run failed with; empty if it did not.
  private volatile String problem = "";

  private volatile boolean closed;

  /// @param loop is told of each run, and closed with this
  public JobSlots(
      String name,
      Duration every,
      Duration offset,
      Consumer<Instant> task,
      InstantSource clock,
      Pause pause,
      MeterRegistry registry,
      LoopRegistry.Loop loop) {
    if (every.toMillis() < 1) {
      throw new IllegalArgumentException(every + ": a job runs at most once a millisecond");
    }
    this.name = name;
    this.every = every.toMillis();
    this.offset = offset.toMillis();
    this.task = task;
    this.clock = clock;
    this.pause = pause;
    this.loop = loop;
    late = registry.counter("pharos_job_late", "job", name);
    skipped = registry.counter("pharos_job_skipped", "job", name);
    failed = registry.counter("pharos_job_failures", "job", name);
    next = slotAfter(clock.millis() - 1);
  }

  private long slotAfter(long millis) {
    return Math.floorDiv(millis - offset, every) * every + offset + every;
  }

  /// Looks in a thread of its own, where a look would run something: to ask is cheap, a thread for
  /// each job and second is not.
  public void lookIfDue() {
    if (isDue()) {
      Thread.ofVirtual().name(name).start(this::look);
    }
  }

  /// Whether a look now would run something.
  boolean isDue() {
    long now = clock.millis();
    boolean setBack = next - now > every;
    return !closed && !running.get() && (setBack || next < now + LOOK.toMillis());
  }

  /// Runs what is due, and what will be until the next look. Does nothing while another look runs.
  public void look() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    try {
      if (next - clock.millis() > every) {
        next = slotAfter(clock.millis() - 1); // the clock was set back
      }
      long end = clock.millis() + LOOK.toMillis();
      while (!closed && next < end) {
        if (clock.millis() < end - LOOK.toMillis()) {
          return; // set back since: the next look finds its slots
        }
        long wait = next - clock.millis();
        if (wait > 0) {
          pause.sleep(Duration.ofMillis(wait));
        }
        if (closed || Thread.currentThread().isInterrupted()) {
          return;
        }
        runIfDue();
      }
    } finally {
      running.set(false);
    }
  }

  private void runIfDue() {
    long now = clock.millis();
    if (now < next) {
      return; // the clock was set back
    }
    long slot = slotAfter(now) - every;
    skipped.increment((slot - next) / (double) every);
    if (now - slot > LATE.toMillis()) {
      late.increment();
    }
    next = slot + every;
    loop.ran();
    try {
      task.accept(Instant.ofEpochMilli(slot));
      if (!problem.isEmpty()) {
        problem = "";
        LOG.info("job {} no longer fails", name);
      }
    } catch (RuntimeException | Error e) {
      failed.increment();
      if (!problem.equals(e.toString())) {
        problem = e.toString();
        LOG.error("job {} failed; it runs again, and the same is not said again", name, e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    loop.close();
  }
}
