package io.pharos.promql.engine.cache;

import java.util.concurrent.atomic.AtomicLong;

/// Limits the memory of all cached windows and shared values together. Thread-safe.
public final class WindowCacheMemory {
  private final long limit;
  private final AtomicLong reserved = new AtomicLong();

  public WindowCacheMemory(long limit) {
    this.limit = limit;
  }

  /// Reserves bytes. A negative number releases bytes.
  ///
  /// @return false if the limit would be exceeded; then nothing is reserved
  boolean reserve(long bytes) {
    long total = reserved.addAndGet(bytes);
    if (bytes > 0 && total > limit) {
      reserved.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void release(long bytes) {
    reserved.addAndGet(-bytes);
  }

  /// Returns the number of reserved bytes.
  public long reserved() {
    return reserved.get();
  }
}
