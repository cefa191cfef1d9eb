package io.pharos.alerting.outbox;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Limits how many attempts start at a time, so that thousands of groups that are due together
/// share a few connections and buffers.
///
/// A permit counts for a short time only: a longer attempt makes room for another, so that slow
/// receivers delay no others. Thread-safe.
final class ConcurrencyLimiter {
  /* Together they let about 1300 attempts a second start even if no receiver ever answers. */
  static final int AT_ONCE = 64;
  static final Duration LEASE = Duration.ofMillis(50);

  private final Timers timers;
  private final Semaphore free = new Semaphore(AT_ONCE, true);

  ConcurrencyLimiter(Timers timers) {
    this.timers = timers;
  }

  /// Waits for a permit.
  ///
  /// @param integration limits the concurrent attempts of one integration
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

  /// Permission to run, until it is closed.
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
