package io.pharos.schedule;

import io.pharos.alerting.outbox.Timers;
import io.pharos.alerting.outbox.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/// Jobs on virtual time.
public final class VirtualJobs implements JobScheduler {
  private final VirtualTime time;
  private final Set<Repeating> jobs = new LinkedHashSet<>();
  private Duration stride = Duration.ZERO;

  public VirtualJobs(VirtualTime time) {
    this.time = time;
  }

  /// Sets a minimum interval of jobs, since hours without events need no run every ten seconds.
  public void stride(Duration least) {
    stride = least;
  }

  @Override
  public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
    var repeating = new Repeating(every.toMillis(), offset.toMillis(), task);
    repeating.next();
    jobs.add(repeating);
    return repeating;
  }

  /// Makes the jobs follow a clock that was set, as [JobSlots] does.
  public void clockSet() {
    jobs.forEach(Repeating::follow);
  }

  private final class Repeating implements Job {
    private final long every;
    private final long offset;
    private final Consumer<Instant> task;
    private Timers.Timer timer = () -> {};
    private boolean closed;
    private long due;

    Repeating(long every, long offset, Consumer<Instant> task) {
      this.every = every;
      this.offset = offset;
      this.task = task;
    }

    private long step() {
      return Math.max(every, stride.toMillis());
    }

    void next() {
      due = lastSlot() + step();
      arm();
    }

    private void arm() {
      timer =
          time.schedule(
              Duration.ofMillis(due - time.instant().toEpochMilli()),
              () -> {
                if (!closed) {
                  task.accept(Instant.ofEpochMilli(lastSlot()));
                  next();
                }
              });
    }

    void follow() {
      timer.cancel();
      if (due - time.instant().toEpochMilli() > step()) {
        next(); // the clock was set back
      } else {
        arm();
      }
    }

    /* As in JobSlots, a late run gets the last slot that has passed. */
    private long lastSlot() {
      long step = step();
      return Math.floorDiv(time.instant().toEpochMilli() - offset, step) * step + offset;
    }

    @Override
    public void close() {
      closed = true;
      timer.cancel();
      jobs.remove(this);
    }
  }
}
