package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for an instant.
@FunctionalInterface
interface Pacer {
  /// Returns at the given time in Unix milliseconds, or later. If the clock is set back meanwhile,
  /// returns after the time that was left at the call. Throws InterruptedException if the thread is
  /// interrupted.
  void await(long untilMillis) throws InterruptedException;

  /// Like [#await(long)], but returns as soon as the other side closes the connection. Returns
  /// whether the connection was closed.
  default boolean await(long untilMillis, KeptConnection connection) throws InterruptedException {
    await(untilMillis);
    return false;
  }

  /// Waits by parking the thread, or by reading from the connection.
  static Pacer parking(InstantSource clock) {
    return new Pacer() {
      @Override
      public void await(long untilMillis) throws InterruptedException {
        long begin = System.nanoTime();
        long max = untilMillis - clock.millis();
        for (long left = max;
            left > 0;
            left =
                Math.min(
                    untilMillis - clock.millis(),
                    max - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))) {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left));
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
