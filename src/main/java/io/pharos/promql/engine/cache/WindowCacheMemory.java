package io.pharos.promql.engine.cache;

import java.util.concurrent.atomic.AtomicLong;

/// Limits the memory of all cached windows together. Thread-safe.
public final class WindowCacheMemory {
  private final long most;
  private final AtomicLong taken = new AtomicLong();

  public WindowCacheMemory(long most) {
    this.most = most;
  }

  /// Reserves bytes. A negative number releases bytes.
  ///
  /// @return false if the limit would be exceeded; then nothing is reserved
  boolean reserve(long bytes) {
    long now = taken.addAndGet(bytes);
    if (bytes > 0 && now > most) {
      taken.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void release(long bytes) {
    taken.addAndGet(-bytes);
  }

  /// Returns the number of reserved bytes.
  public long taken() {
    return taken.get();
  }
}
