package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import java.time.Duration;
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

  /// As [#await], but returns as soon as the other side closes the connection.
  ///
  /// @return whether it did
  default boolean await(long untilMillis, KeptConnection connection) throws InterruptedException {
    await(untilMillis);
    return false;
  }

  /// Waits by parking, or by reading of the connection.
  static Pacer parking(InstantSource clock) {
    return new Pacer() {
      @Override
      public void await(long untilMillis) throws InterruptedException {
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
      }

      @Override
      public boolean await(long untilMillis, KeptConnection connection)
          throws InterruptedException {
        long most = untilMillis - clock.millis();
        if (most > 0 && connection.isOpen()) {
          return connection.awaitClosed(Duration.ofMillis(most));
        }
        await(untilMillis);
        return false;
      }
    };
  }
}
