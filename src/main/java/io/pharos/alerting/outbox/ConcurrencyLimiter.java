package io.pharos.alerting.outbox;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Limits the number of concurrent attempts, so that thousands of groups that are due together
/// share a few connections and buffers.
///
/// After a short time an attempt that is still running no longer counts, so that slow receivers do
/// not delay others. Thread-safe.
final class ConcurrencyLimiter {
  /* With the lease below, about 1300 attempts a second can start even if no receiver responds. */
  static final int MAX_CONCURRENT = 64;
  static final Duration LEASE = Duration.ofMillis(50);

  private final Timers timers;
  private final Semaphore free = new Semaphore(MAX_CONCURRENT, true);

  ConcurrencyLimiter(Timers timers) {
    this.timers = timers;
  }

  /// Waits until an attempt may start.
  ///
  /// @param integration permits of the attempt's integration, which limit its concurrent attempts
  Permit acquire(Semaphore integration) throws InterruptedException {
    integration.acquire();
    try {
      free.acquire();
    } catch (InterruptedException e) {
      integration.release();
      throw e;
    }
    return new Permit(integration);
  }

  /// Permission for one attempt; closing it ends the attempt.
  final class Permit implements AutoCloseable {
    private final Semaphore integration;
    private final Timers.Timer timer = timers.schedule(LEASE, this::releasePermit);
    private boolean released;

    private Permit(Semaphore integration) {
      this.integration = integration;
    }

    private synchronized void releasePermit() {
      if (!released) {
        released = true;
        free.release();
      }
    }

    @Override
    public void close() {
      timer.cancel();
      releasePermit();
      integration.release();
    }
  }
}
