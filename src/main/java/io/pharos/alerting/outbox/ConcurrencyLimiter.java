package io.pharos.alerting.outbox;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Limits how many attempts begin at a time, so that thousands of groups which are due together
/// share some connections and buffers.
///
/// A permit counts for a short lease only: an attempt that takes longer makes room for another, so
/// that slow receivers hold up nobody. Thread-safe.
final class ConcurrencyLimiter {
  /* With both, some 1300 attempts a second begin even if no receiver ever answers. */
  static final int AT_ONCE = 64;
  static final Duration LEASE = Duration.ofMillis(50);

  private final Timers timers;
  private final Semaphore free = new Semaphore(AT_ONCE, true);

  ConcurrencyLimiter(Timers timers) {
    this.timers = timers;
  }

  /// Waits for a permit, behind those of the same integration.
  ///
  /// @param integration one permit for each attempt of the integration that may run now
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

  /// The permission to run now, until it is closed.
  final class Permit implements AutoCloseable {
    private final Semaphore integration;
    private final Timers.Timer timer = timers.schedule(LEASE, this::giveBack);
    private boolean given;

    private Permit(Semaphore integration) {
      this.integration = integration;
    }

    private synchronized void giveBack() {
      if (!given) {
        given = true;
        free.release();
      }
    }

    @Override
    public void close() {
      timer.cancel();
      giveBack();
      integration.release();
    }
  }
}
