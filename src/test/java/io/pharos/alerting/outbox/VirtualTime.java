package io.pharos.alerting.outbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/// A clock, timers and an executor under the control of a test. Everything runs on the test's
/// thread, in the order of its due time.
public final class VirtualTime implements InstantSource, Timers, Executor {
  public static final Instant START = Instant.parse("2026-03-02T10:00:00Z");

  private record Due(Instant at, long order, Runnable task) {}

  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(Comparator.comparing(Due::at).thenComparing(Due::order));
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private Instant now = START;
  private Duration ahead = Duration.ZERO;
  private long order;

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    var due = new Due(now.plus(delay.isNegative() ? Duration.ZERO : delay), order++, task);
    timers.add(due);
    // By its number, because a step of the clock replaces it.
    return () -> timers.removeIf(it -> it.order() == due.order());
  }

  @Override
  public Instant now() {
    return START.plus(elapsed());
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /// Runs all due tasks.
  public void settle() {
    advance(Duration.ZERO);
  }

  /// Advances the time and runs tasks when they are due.
  public void advance(Duration duration) {
    Instant end = now.plus(duration);
    drain();
    while (!timers.isEmpty() && !timers.peek().at().isAfter(end)) {
      Due due = timers.poll();
      now = due.at().isAfter(now) ? due.at() : now;
      due.task().run();
      drain();
    }
    now = end.isAfter(now) ? end : now;
  }

  /// Sets the clock ahead; the delays of timers do not change.
  public void jump(Duration ahead) {
    List<Due> waiting = List.copyOf(timers);
    timers.clear();
    waiting.forEach(due -> timers.add(new Due(due.at().plus(ahead), due.order(), due.task())));
    now = now.plus(ahead);
    this.ahead = this.ahead.plus(ahead);
  }

  /// Passes time within a task: what becomes due meanwhile runs later, as on a slow machine.
  public void spend(Duration length) {
    now = now.plus(length);
  }

  /// Passes time in which nothing runs, as when the process is stopped; all overdue tasks run after
  /// it.
  public void stall(Duration length) {
    now = now.plus(length);
    settle();
  }

  /// Sets the clock back; the delays of timers do not change.
  public void setBack(Duration by) {
    jump(by.negated());
  }

  private void drain() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  /// Time that has passed since the start, whatever the clock was set to.
  public Duration elapsed() {
    return Duration.between(START, now).minus(ahead);
  }

  /// Seconds that have passed since the start, whatever the clock was set to.
  public double seconds() {
    return elapsed().toMillis() / 1000.0;
  }
}
