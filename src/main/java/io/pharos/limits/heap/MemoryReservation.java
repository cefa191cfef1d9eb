package io.pharos.limits.heap;

/// The bytes of a [MemoryPool] that a request, a query or a page uses until the reservation is
/// closed. Thread-safe; a second `close` has no effect.
public final class MemoryReservation implements AutoCloseable {
  /// A reservation that is not empty grows by at least this many bytes if the pool has room for
  /// them, so that not every sample accesses the pool.
  private static final long PORTION = 64L << 10;

  private final MemoryPool pool;
  private final long poolLimit;
  private long reserved;
  private boolean closed;

  MemoryReservation(MemoryPool pool, long poolLimit) {
    this(pool, poolLimit, 0);
  }

  MemoryReservation(MemoryPool pool, long poolLimit, long reserved) {
    this.pool = pool;
    this.poolLimit = poolLimit;
    this.reserved = reserved;
  }

  /// Increases the reservation to at least `bytes`.
  ///
  /// @throws OverBudgetException if the reservation would exceed its maximum, or the pool has no
  ///   room
  public synchronized void ensure(long bytes) {
    if (bytes <= reserved) {
      return;
    }
    if (closed) {
      throw new IllegalStateException("the memory reservation is closed");
    }
    long additional = bytes - reserved;
    if (reserved > 0 && additional < PORTION && pool.tryReserve(reserved, PORTION, poolLimit)) {
      reserved += PORTION;
      return;
    }
    pool.reserve(reserved, additional, poolLimit);
    reserved += additional;
  }

  /// Like [#ensure], but if that is not possible, returns false and changes nothing.
  public synchronized boolean tryEnsure(long bytes) {
    if (bytes > reserved) {
      if (closed || !pool.tryReserve(reserved, bytes - reserved, poolLimit)) {
        return false;
      }
      reserved = bytes;
    }
    return true;
  }

  /// Reserves memory for an array of bytes.
  ///
  /// @param minLength length that the array needs
  /// @param usefulLength length beyond which the array would have unused bytes
  /// @return length that the array may have
  /// @throws OverBudgetException if even `minLength` bytes are not available
  public int grow(int minLength, long usefulLength) {
    int size = (int) Math.max(minLength, Math.min(usefulLength, pool.maxPerReservation()));
    ensure(size);
    return size;
  }

  /// Decreases the reservation to `bytes`.
  public synchronized void shrink(long bytes) {
    long released = closed ? 0 : reserved - bytes;
    if (released > 0) {
      reserved = bytes;
      pool.release(released);
    }
  }

  /// Returns the number of reserved bytes.
  public synchronized long reserved() {
    return reserved;
  }

  /// Whether the reservation was closed.
  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (reserved > 0) {
        pool.release(reserved);
      }
    }
  }
}
