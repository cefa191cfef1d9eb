package io.pharos.limits.heap;

/// The bytes of a [MemoryPool] that one request, query or page holds until it is closed.
/// Thread-safe; closing twice does nothing.
public final class MemoryReservation implements AutoCloseable {
  /// Bytes are taken in portions, so that not every sample accesses the pool.
  private static final long PORTION = 64L << 10;

  private final MemoryPool pool;
  private final long reach;
  private long taken;
  private boolean closed;

  MemoryReservation(MemoryPool pool, long reach) {
    this(pool, reach, 0);
  }

  MemoryReservation(MemoryPool pool, long reach, long taken) {
    this.pool = pool;
    this.reach = reach;
    this.taken = taken;
  }

  /// Reserves at least `bytes` in total.
  ///
  /// @throws OverBudgetException if that exceeds the maximum of one reservation, or of the pool
  public synchronized void ensure(long bytes) {
    if (bytes <= taken) {
      return;
    }
    if (closed) {
      throw new IllegalStateException("the memory reservation is closed");
    }
    long more = bytes - taken;
    if (taken > 0 && more < PORTION && pool.tryTake(taken, PORTION, reach)) {
      taken += PORTION;
      return;
    }
    pool.take(taken, more, reach);
    taken += more;
  }

  /// Like [#ensure], but returns false and reserves nothing more if that is not possible.
  public synchronized boolean tryEnsure(long bytes) {
    if (bytes > taken) {
      if (closed || !pool.tryTake(taken, bytes - taken, reach)) {
        return false;
      }
      taken = bytes;
    }
    return true;
  }

  /// Reserves room for an array that grows.
  ///
  /// @param least length that is necessary
  /// @param enough length that is useful
  /// @return length the array may have
  /// @throws OverBudgetException if `least` is not available
  public int grow(int least, long enough) {
    int size = (int) Math.max(least, Math.min(enough, pool.most()));
    ensure(size);
    return size;
  }

  /// Releases the bytes beyond `bytes`.
  public synchronized void shrink(long bytes) {
    long less = closed ? 0 : taken - bytes;
    if (less > 0) {
      taken = bytes;
      pool.release(less);
    }
  }

  /// Reserved bytes.
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
