package io.pharos.promql.engine.cache;

import java.util.concurrent.atomic.AtomicLong;

/// Memory limit of all cached windows. Thread-safe.
public final class WindowCacheMemory {
  private final long most;
  private final AtomicLong taken = new AtomicLong();

  public WindowCacheMemory(long most) {
    this.most = most;
  }

  /// Reserves bytes, or releases them if the number is negative.
  ///
  /// @return false if the limit is exceeded; then nothing is reserved
  boolean take(long bytes) {
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

  /// Returns the reserved bytes.
  public long taken() {
    return taken.get();
  }
}
