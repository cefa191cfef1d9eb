package io.pharos.scrape;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for an instant.
@FunctionalInterface
interface Pacer {
  /// Returns when it is that time, in Unix milliseconds, or later.
  ///
  /// @throws InterruptedException when the thread is interrupted
  void await(long untilMillis) throws InterruptedException;

  /// Waits by parking.
  static Pacer parking(InstantSource clock) {
    return untilMillis -> {
      for (long left = untilMillis - clock.millis();
          left > 0;
          left = untilMillis - clock.millis()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left));
      }
    };
  }
}
