package io.pharos.limits.heap;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A number of bytes that many [MemoryReservation]s share. Thread-safe.
public final class MemoryPool {
  private final MemoryBounds bounds;
  private final MemoryBound perReservation;
  private final MemoryBound total;
  private final AtomicLong used = new AtomicLong();

  /* Counts the releases. Accessed only in synchronized blocks. */
  private long releases;

  MemoryPool(MemoryBounds bounds, MemoryBound perReservation, MemoryBound total) {
    this.bounds = bounds;
    this.perReservation = perReservation;
    this.total = total;
  }

  /// Opens an empty reservation.
  public MemoryReservation open() {
    return new MemoryReservation(this, bounds.of(total));
  }

  /// Opens an empty reservation that can't grow if the pool is three quarters full: the last
  /// quarter is for other reservations.
  public MemoryReservation openModest() {
    return new MemoryReservation(this, bounds.of(total) / 4 * 3);
  }

  /// Returns the maximum number of bytes of one reservation.
  long maxPerReservation() {
    return Math.min(bounds.of(perReservation), bounds.of(total));
  }

  /// Returns the number of bytes in use.
  public long used() {
    return used.get();
  }

  /// Reserves more bytes for a reservation.
  ///
  /// @param reserved number of bytes that the reservation already contains
  /// @param additional number of bytes to add
  /// @param poolLimit maximum number of bytes that may be in use in the pool afterwards
  /// @throws OverBudgetException if the reservation would exceed the maximum of one reservation, or
  ///   the pool would exceed `poolLimit`
  void reserve(long reserved, long additional, long poolLimit) {
    long max = Math.min(bounds.of(perReservation), poolLimit);
    if (reserved + additional > max) {
      throw bounds.over(perReservation, false, reserved + additional);
    }
    if (!tryReserve(additional, poolLimit)) {
      throw bounds.over(total, true, reserved + additional);
    }
  }

  /// Like [#reserve], but returns false instead of throwing.
  boolean tryReserve(long reserved, long additional, long poolLimit) {
    return reserved + additional <= Math.min(bounds.of(perReservation), poolLimit)
        && tryReserve(additional, poolLimit);
  }

  private boolean tryReserve(long bytes, long poolLimit) {
    while (true) {
      long now = used.get();
      if (now + bytes > poolLimit) {
        return false;
      }
      if (used.compareAndSet(now, now + bytes)) {
        return true;
      }
    }
  }

  /// Opens a reservation of the given bytes, or of the maximum of one reservation if that is less.
  /// Waits until other reservations have released enough bytes.
  ///
  /// @param max maximum wait
  /// @throws OverBudgetException if the bytes do not become available in time
  public MemoryReservation await(long bytes, Duration max) {
    long wanted = Math.min(bytes, bounds.of(perReservation));
    long deadline = System.nanoTime() + max.toNanos();
    synchronized (this) {
      while (!tryReserve(wanted, bounds.of(total))) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
          throw bounds.over(total, true, wanted);
        }
        try {
          wait(millis);
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          throw bounds.over(total, true, wanted);
        }
      }
    }
    return new MemoryReservation(this, bounds.of(total), wanted);
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
