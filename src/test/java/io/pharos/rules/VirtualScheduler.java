package io.pharos.rules;

import io.pharos.schedule.JobScheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Runs jobs when a test advances the time.
public final class VirtualScheduler implements JobScheduler, InstantSource {
  final class Scheduled implements Job {
    final String name;
    final Duration every;
    final Duration offset;
    private final Consumer<Instant> task;
    private boolean closed;

    Scheduled(String name, Duration every, Duration offset, Consumer<Instant> task) {
      this.name = name;
      this.every = every;
      this.offset = offset;
      this.task = task;
    }

    void run(Instant slot) {
      task.accept(slot);
    }

    @Override
    public void close() {
      closed = true;
      jobs.remove(this);
    }
  }

  final List<Scheduled> jobs = new ArrayList<>();
  private Instant now = Instant.EPOCH;

  @Override
  public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
    if (jobs.stream().anyMatch(job -> job.name.equals(name))) {
      throw new AssertionError(name + " runs already");
    }
    var job = new Scheduled(name, every, offset, task);
    jobs.add(job);
    return job;
  }

  @Override
  public Instant instant() {
    return now;
  }

  List<String> names() {
    return jobs.stream().map(job -> job.name).sorted().toList();
  }

  /// Sets the time without running jobs.
  void set(Instant time) {
    now = time;
  }

  /// Advances the time without running jobs, as if they were too slow.
  void skip(Duration time) {
    now = now.plus(time);
  }

  /// Advances the time, second by second.
  public void pass(Duration time) {
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      now = now.plusSeconds(1);
      var due = new TreeMap<String, Scheduled>();
      for (Scheduled job : jobs) {
        if ((now.getEpochSecond() - job.offset.toSeconds()) % job.every.toSeconds() == 0) {
          due.put(job.name, job);
        }
      }
      for (Scheduled job : due.values()) {
        if (!job.closed) {
          job.task.accept(now);
        }
      }
    }
  }
}
