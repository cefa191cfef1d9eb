package io.pharos.alerting.notify;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Lets attempts begin a few at a time, so that thousands of groups which are due together share
/// some connections and buffers instead of each having its own at once.
///
/// An attempt that takes long makes room for another after a short while: slow receivers hold up
/// nobody. Thread-safe.
final class Turns {
  /* With both, some 1300 attempts a second begin even if no receiver ever answers. */
  static final int AT_ONCE = 64;
  static final Duration SHORT_WHILE = Duration.ofMillis(50);

  private final Timers timers;
  private final Semaphore free = new Semaphore(AT_ONCE, true);

  Turns(Timers timers) {
    this.timers = timers;
  }

  /// Waits for a turn, behind those of the same integration.
  ///
  /// @param integration one permit for each attempt of the integration that may run now
  Turn take(Semaphore integration) throws InterruptedException {
    integration.acquire();
    try {
      free.acquire();
    } catch (InterruptedException e) {
      integration.release();
      throw e;
    }
    return new Turn(integration);
  }

  /// The permission to run now, until it is closed.
  final class Turn implements AutoCloseable {
    private final Semaphore integration;
    private final Timers.Timer timer = timers.schedule(SHORT_WHILE, this::giveBack);
    private boolean given;

    private Turn(Semaphore integration) {
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
