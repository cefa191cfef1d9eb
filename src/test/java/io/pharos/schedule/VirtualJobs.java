package io.pharos.schedule;

import io.pharos.alerting.outbox.Timers;
import io.pharos.alerting.outbox.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/// Jobs on virtual time.
public final class VirtualJobs implements JobScheduler {
  private final VirtualTime time;
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
    return repeating;
  }

  private final class Repeating implements Job {
    private final long every;
    private final long offset;
    private final Consumer<Instant> task;
    private Timers.Timer timer = () -> {};
    private boolean closed;

    Repeating(long every, long offset, Consumer<Instant> task) {
      this.every = every;
      this.offset = offset;
      this.task = task;
    }

    void next() {
      long step = Math.max(every, stride.toMillis());
      long now = time.instant().toEpochMilli();
      long due = (Math.floorDiv(now - offset, step) + 1) * step + offset;
      timer =
          time.schedule(
              Duration.ofMillis(due - now),
              () -> {
                if (!closed) {
                  task.accept(Instant.ofEpochMilli(lastSlot(step)));
                  next();
                }
              });
    }

    /* As in JobSlots, a late run gets the last slot that has passed. */
    private long lastSlot(long step) {
      return Math.floorDiv(time.instant().toEpochMilli() - offset, step) * step + offset;
    }

    @Override
    public void close() {
      closed = true;
      timer.cancel();
    }
  }
}
