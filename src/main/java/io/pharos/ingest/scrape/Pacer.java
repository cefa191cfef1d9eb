package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits until a time.
@FunctionalInterface
interface Pacer {
  /// Waits until the clock reaches the given time in Unix milliseconds. The time that remains at
  /// the call is the maximum wait, even if the clock is set back meanwhile. Throws
  /// InterruptedException if the thread is interrupted.
  void await(long untilMillis) throws InterruptedException;

  /// Like [#await(long)], but also returns when the other side closes the connection. Returns
  /// whether the connection was closed.
  default boolean await(long untilMillis, KeptConnection connection) throws InterruptedException {
    await(untilMillis);
    return false;
  }

  /// Creates a pacer that parks the thread, or reads from the connection to detect that the
  /// connection is closed.
  static Pacer parking(InstantSource clock) {
    return new Pacer() {
      @Override
      public void await(long untilMillis) throws InterruptedException {
        long begin = System.nanoTime();
        long max = untilMillis - clock.millis();
        for (long remaining = max;
            remaining > 0;
            remaining =
                Math.min(
                    untilMillis - clock.millis(),
                    max - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))) {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(remaining));
        }
      }

      @Override
      public boolean await(long untilMillis, KeptConnection connection)
          throws InterruptedException {
        long max = untilMillis - clock.millis();
        if (max > 0 && connection.isOpen()) {
          return connection.awaitClosed(Duration.ofMillis(max));
        }
        await(untilMillis);
        return false;
      }
    };
  }
}
