package io.pharos.ingest.scrape;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for an instant.
@FunctionalInterface
interface Pacer {
  /// Returns when it is that time, in Unix milliseconds, or later; or when as long has passed as
  /// that was ahead, in case the clock was set back meanwhile.
  ///
  /// @throws InterruptedException when the thread is interrupted
  void await(long untilMillis) throws InterruptedException;

  /// Waits by parking.
  static Pacer parking(InstantSource clock) {
    return untilMillis -> {
      long begin = System.nanoTime();
      long most = untilMillis - clock.millis();
      for (long left = most;
          left > 0;
          left =
              Math.min(
                  untilMillis - clock.millis(),
                  most - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left));
      }
    };
  }
}
