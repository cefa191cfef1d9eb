package io.pharos.limits.heap;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A bounded number of bytes shared by many [MemoryReservation]s. Thread-safe.
public final class MemoryPool {
  private final MemoryBounds budgets;
  private final MemoryBound each;
  private final MemoryBound all;
  private final AtomicLong used = new AtomicLong();

  /* Number of releases; guarded by this. */
  private long releases;

  MemoryPool(MemoryBounds budgets, MemoryBound each, MemoryBound all) {
    this.budgets = budgets;
    this.each = each;
    this.all = all;
  }

  /// Opens an empty reservation.
  public MemoryReservation open() {
    return new MemoryReservation(this, budgets.of(all));
  }

  /// Opens an empty reservation that cannot use the last quarter of the pool, which stays available
  /// to others.
  public MemoryReservation openModest() {
    return new MemoryReservation(this, budgets.of(all) / 4 * 3);
  }

  /// Maximum number of bytes of one reservation.
  long most() {
    return Math.min(budgets.of(each), budgets.of(all));
  }

  /// Bytes in use.
  public long used() {
    return used.get();
  }

  /// Takes more bytes for one reservation.
  ///
  /// @param had bytes that the reservation has
  /// @param reach how full the pool may become by this
  /// @throws OverBudgetException if that exceeds the maximum of one reservation, or of the pool
  void take(long had, long more, long reach) {
    long max = Math.min(budgets.of(each), reach);
    if (had + more > max) {
      throw budgets.over(each, false, had + more);
    }
    if (!tryTake(more, reach)) {
      throw budgets.over(all, true, had + more);
    }
  }

  /// Like [#take], but returns false instead of throwing.
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

  /// Reserves bytes, waiting for others to release them if necessary.
  ///
  /// @throws OverBudgetException if they are not available in time
  public MemoryReservation await(long bytes, Duration max) {
    long wanted = Math.min(bytes, budgets.of(each));
    long deadline = System.nanoTime() + max.toNanos();
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

  /// Waits until a reservation releases bytes, or for `max`. A release just before the call may be
  /// missed, so callers retry after a timeout too.
  public void awaitRelease(Duration max) throws InterruptedException {
    long deadline = System.nanoTime() + max.toNanos();
    synchronized (this) {
      long before = releases;
      while (releases == before) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
          return;
        }
        wait(millis);
      }
    }
  }

  void release(long bytes) {
    used.addAndGet(-bytes);
    synchronized (this) {
      releases++;
      notifyAll();
    }
  }
}
