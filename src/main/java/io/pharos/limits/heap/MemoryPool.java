package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Bytes that many take from, each by an [MemoryReservation]. Thread-safe.
public final class MemoryPool {
  private final MemoryBounds budgets;
  private final MemoryBound each;
  private final MemoryBound all;
  private final AtomicLong used = new AtomicLong();

  /* How often something was given back; guarded by this. */
  private long given;

  MemoryPool(MemoryBounds budgets, MemoryBound each, MemoryBound all) {
    this.budgets = requireNonNull(budgets, "budgets is null");
    this.each = requireNonNull(each, "each is null");
    this.all = requireNonNull(all, "all is null");
  }

  /// A share that has nothing yet.
  public MemoryReservation open() {
    return new MemoryReservation(this, budgets.of(all));
  }

  /// As [#open], of somebody for whom a quarter of the whole is out of reach, because others must
  /// get something at any time.
  public MemoryReservation openModest() {
    return new MemoryReservation(this, budgets.of(all) / 4 * 3);
  }

  /// How many bytes one may have.
  long most() {
    return Math.min(budgets.of(each), budgets.of(all));
  }

  /// Bytes that are taken now.
  public long used() {
    return used.get();
  }

  /// Takes bytes for one who has some already.
  ///
  /// @param reach how many bytes all may have for this one still to get some
  /// @throws OverBudgetException when that is more than one may have, or than is left
  void take(long had, long more, long reach) {
    long most = Math.min(budgets.of(each), reach);
    if (had + more > most) {
      throw budgets.over(each, false, had + more);
    }
    if (!tryTake(more, reach)) {
      throw budgets.over(all, true, had + more);
    }
  }

  /// As [#take], where nobody minds that there is less.
  boolean tryTake(long had, long more, long reach) {
    return had + more <= Math.min(budgets.of(each), reach) && tryTake(more, reach);
  }

  private boolean tryTake(long bytes, long reach) {
    while (true) {
      long now = used.get();
      if (now + bytes > reach) {
        return false;
      }
      if (used.compareAndSet(now, now + bytes)) {
        return true;
      }
    }
  }

  /// Takes bytes at once, and waits for them where others have them.
  ///
  /// @throws OverBudgetException when there are none in time
  public MemoryReservation await(long bytes, Duration most) {
    long wanted = Math.min(bytes, budgets.of(each));
    long deadline = System.nanoTime() + most.toNanos();
    synchronized (this) {
      while (!tryTake(wanted, budgets.of(all))) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
          throw budgets.over(all, true, wanted);
        }
        try {
          wait(millis);
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          throw budgets.over(all, true, wanted);
        }
      }
    }
    return new MemoryReservation(this, budgets.of(all), wanted);
  }

  /// Waits until somebody gives some back, a while at most. What was given back just before the
  /// call does not count: who asks tries again after the while too.
  public void awaitGiven(Duration most) throws InterruptedException {
    long deadline = System.nanoTime() + most.toNanos();
    synchronized (this) {
      long before = given;
      while (given == before) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
          return;
        }
        wait(millis);
      }
    }
  }

  void give(long bytes) {
    used.addAndGet(-bytes);
    synchronized (this) {
      given++;
      notifyAll();
    }
  }
}
