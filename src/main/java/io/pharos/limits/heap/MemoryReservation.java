package io.pharos.limits.heap;

/// The bytes of a [MemoryPool] that a request, a query or a page uses until the reservation is
/// closed. Thread-safe; a second `close` has no effect.
public final class MemoryReservation implements AutoCloseable {
  /// Minimum number of bytes that a reservation grows by, so that not every sample accesses the
  /// pool.
  private static final long PORTION = 64L << 10;

  private final MemoryPool pool;
  private final long poolLimit;
  private long taken;
  private boolean closed;

  MemoryReservation(MemoryPool pool, long poolLimit) {
    this(pool, poolLimit, 0);
  }

  MemoryReservation(MemoryPool pool, long poolLimit, long taken) {
    this.pool = pool;
    this.poolLimit = poolLimit;
    this.taken = taken;
  }

  /// Increases the reservation to at least `bytes`.
  ///
  /// @throws OverBudgetException if that exceeds the maximum of one reservation, or the pool has no
  ///   room
  public synchronized void ensure(long bytes) {
    if (bytes <= taken) {
      return;
    }
    if (closed) {
      throw new IllegalStateException("the memory reservation is closed");
    }
    long additional = bytes - taken;
    if (taken > 0 && additional < PORTION && pool.tryReserve(taken, PORTION, poolLimit)) {
      taken += PORTION;
      return;
    }
    pool.reserve(taken, additional, poolLimit);
    taken += additional;
  }

  /// Like [#ensure], but if that is not possible, returns false and changes nothing.
  public synchronized boolean tryEnsure(long bytes) {
    if (bytes > taken) {
      if (closed || !pool.tryReserve(taken, bytes - taken, poolLimit)) {
        return false;
      }
      taken = bytes;
    }
    return true;
  }

  /// Reserves memory for an array of bytes.
  ///
  /// @param least minimum length, which is necessary
  /// @param enough maximum length that is useful
  /// @return length that the array may have
  /// @throws OverBudgetException if even `least` bytes are not available
  public int grow(int least, long enough) {
    int size = (int) Math.max(least, Math.min(enough, pool.most()));
    ensure(size);
    return size;
  }

  /// Decreases the reservation to `bytes`.
  public synchronized void shrink(long bytes) {
    long less = closed ? 0 : taken - bytes;
    if (less > 0) {
      taken = bytes;
      pool.release(less);
    }
  }

  /// Returns the number of reserved bytes.
  public synchronized long taken() {
    return taken;
  }

  /// Whether the reservation was closed.
  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (taken > 0) {
        pool.release(taken);
      }
    }
  }
}
