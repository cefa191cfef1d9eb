package io.pharos.limits.heap;

/// What one request, query or page has of a [MemoryPool] until it is closed. Thread-safe; closing
/// twice does nothing.
public final class MemoryReservation implements AutoCloseable {
  /// Bytes are taken in such portions, so that not every sample asks the pool.
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

  /// Has so many bytes at least, from now on.
  ///
  /// @throws OverBudgetException when that is more than one may have, or than is left
  public synchronized void ensure(long bytes) {
    if (bytes <= taken) {
      return;
    }
    if (closed) {
      throw new IllegalStateException("closed already");
    }
    long more = bytes - taken;
    if (taken > 0 && more < PORTION && pool.tryTake(taken, PORTION, reach)) {
      taken += PORTION;
      return;
    }
    pool.take(taken, more, reach);
    taken += more;
  }

  /// As [#ensure], where one can do without: has them, or none more.
  public synchronized boolean tryEnsure(long bytes) {
    if (bytes > taken) {
      if (closed || !pool.tryTake(taken, bytes - taken, reach)) {
        return false;
      }
      taken = bytes;
    }
    return true;
  }

  /// Has so many bytes, or more where one may have that: for an array that grows.
  ///
  /// @param enough how many would be good
  /// @return how many the array may have
  /// @throws OverBudgetException when less than `least` may be had
  public int grow(int least, long enough) {
    int size = (int) Math.max(least, Math.min(enough, pool.most()));
    ensure(size);
    return size;
  }

  /// Gives back what is beyond so many bytes.
  public synchronized void shrink(long bytes) {
    long less = closed ? 0 : taken - bytes;
    if (less > 0) {
      taken = bytes;
      pool.give(less);
    }
  }

  /// Bytes that it has.
  public synchronized long taken() {
    return taken;
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (taken > 0) {
        pool.give(taken);
      }
    }
  }
}
