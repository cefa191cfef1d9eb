package io.pharos.limits.heap;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A number of bytes that many [MemoryReservation]s share. Thread-safe.
public final class MemoryPool {
  private final MemoryBounds budgets;
  private final MemoryBound each;
  private final MemoryBound all;
  private final AtomicLong used = new AtomicLong();

  /* Counts the releases. Accessed only in synchronized blocks. */
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

  /// Opens an empty reservation that can't grow if the pool is three quarters full: the last
  /// quarter is for other reservations.
  public MemoryReservation openModest() {
    return new MemoryReservation(this, budgets.of(all) / 4 * 3);
  }

  /// Returns the maximum number of bytes of one reservation.
  long most() {
    return Math.min(budgets.of(each), budgets.of(all));
  }

  /// Returns the number of bytes in use.
  public long used() {
    return used.get();
  }

  /// Reserves more bytes for a reservation.
  ///
  /// @param had bytes that the reservation has already
  /// @param more bytes to reserve in addition
  /// @param reach maximum number of bytes that may be in use in the pool afterwards
  /// @throws OverBudgetException if that exceeds the maximum of one reservation, or `reach`
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

  /// Opens a reservation of the given bytes, or of the maximum of one reservation if that is less.
  /// Waits until other reservations have released enough.
  ///
  /// @param max maximum wait
  /// @throws OverBudgetException if the bytes do not become available in time
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

  /// Waits until a reservation releases bytes, at most for `max`. Does not notice a release just
  /// before the call, so callers must try again after a timeout too.
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
