package io.pharos.promql.engine;

import java.util.concurrent.atomic.AtomicLong;

/// What all windows that are kept may take of the memory. Thread-safe.
final class WindowCacheMemory {
  private final long most;
  private final AtomicLong taken = new AtomicLong();

  WindowCacheMemory(long most) {
    this.most = most;
  }

  /// Takes so many bytes more, or gives them back where the number is negative.
  ///
  /// @return false where there are not so many; then none are taken
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

  /// How many are taken.
  long taken() {
    return taken.get();
  }
}
