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

/// The slots `offset + k * every` of one job. A scheduler calls [#startIfDue] once a second. Each
/// call runs all slots until the next call, each slot at its time. So a job may run several times a
/// second.
public final class JobSlots implements AutoCloseable {
  /// Suspends the calling thread.
  public interface Pause {
    /// Returns after the given time, or earlier if the thread is interrupted.
    void sleep(Duration time);
  }

  /// Time between two checks for due slots.
  public static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(JobSlots.class);

  /// Time after the slot; a run that begins later is counted as late.
  private static final Duration MAX_DELAY = Duration.ofSeconds(2);

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

  /// Text of the last run's exception; empty if it succeeded.
  private volatile String problem = "";

  private volatile boolean closed;

  /// @param loop records each run; is closed together with this object
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
      throw new IllegalArgumentException(
          "expected an interval of at least one millisecond, found " + every);
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

  /// Runs the due slots on a new virtual thread. Starts no thread if no slot is due, because
  /// starting a thread for each job each second would be expensive.
  public void startIfDue() {
    if (isDue()) {
      Thread.ofVirtual().name(name).start(this::runDue);
    }
  }

  /// Whether a slot is due, so that [#runDue] would run the task.
  boolean isDue() {
    long now = clock.millis();
    boolean setBack = next - now > every;
    return !closed && !running.get() && (setBack || next < now + CHECK_INTERVAL.toMillis());
  }

  /// Runs the slots until the next check. Does nothing while another thread runs them.
  public void runDue() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    try {
      if (next - clock.millis() > every) {
        next = slotAfter(clock.millis() - 1); // the clock was set back
      }
      long end = clock.millis() + CHECK_INTERVAL.toMillis();
      while (!closed && next < end) {
        if (clock.millis() < end - CHECK_INTERVAL.toMillis()) {
          return; // the clock was set back meanwhile; the next check finds the slots
        }
        long wait = next - clock.millis();
        if (wait > 0) {
          pause.sleep(Duration.ofMillis(wait));
        }
        if (closed || Thread.currentThread().isInterrupted()) {
          return;
        }
        runSlot();
      }
    } finally {
      running.set(false);
    }
  }

  private void runSlot() {
    long now = clock.millis();
    if (now < next) {
      return; // the clock was set back
    }
    long slot = slotAfter(now) - every;
    skipped.increment((slot - next) / (double) every);
    if (now - slot > MAX_DELAY.toMillis()) {
      late.increment();
    }
    next = slot + every;
    loop.ran();
    try {
      task.accept(Instant.ofEpochMilli(slot));
      if (!problem.isEmpty()) {
        problem = "";
        LOG.info("job {} succeeds again", name);
      }
    } catch (RuntimeException | Error e) {
      failed.increment();
      if (!problem.equals(e.toString())) {
        problem = e.toString();
        LOG.error(
            "job {} failed; it runs again at its next slot, and the same error is not logged again",
            name,
            e);
      }
    } finally {
      loop.ended();
    }
  }

  @Override
  public void close() {
    closed = true;
    loop.close();
  }
}
