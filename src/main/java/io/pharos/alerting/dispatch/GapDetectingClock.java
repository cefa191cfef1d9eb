package io.pharos.alerting.dispatch;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/// A clock that somebody looks at all the time, so that a gap shows: the process stood still, the
/// machine slept, or the clock was set ahead. What ran out in a gap could not be renewed; a gap is
/// told, and only when it has been dealt with does the clock go on. Thread-safe.
final class GapDetectingClock implements InstantSource {
  /// A gap is longer than any collection of garbage and than three beats.
  static final Duration GAP = Duration.ofSeconds(15);

  /// Deals with a gap.
  interface Listener {
    /// Takes note of one.
    ///
    /// @param aliveAt the last time before the gap
    /// @param now the first time after it
    void gap(Instant aliveAt, Instant now);
  }

  private final InstantSource clock;
  private final Executor executor;
  private final Listener listener;
  private boolean telling;
  private Instant last;

  /// @param executor runs the listener: whoever finds the gap may hold locks that it needs
  GapDetectingClock(InstantSource clock, Executor executor, Listener listener) {
    this.clock = requireNonNull(clock, "clock is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.listener = requireNonNull(listener, "listener is null");
    this.last = clock.instant();
  }

  /// The time; the last one before a gap while that is being told.
  /* The clock is read under the lock: a time that was read before the clock was set back and compared
   * after somebody else saw the new one would look like a gap. */
  @Override
  public synchronized Instant instant() {
    Instant now = clock.instant();
    if (!now.isAfter(last.plus(GAP))) {
      last = now;
    } else if (!telling) {
      telling = true;
      Instant before = last;
      executor.execute(
          () -> {
            try {
              listener.gap(before, now);
            } finally {
              told(now);
            }
          });
    }
    return last;
  }

  private synchronized void told(Instant now) {
    last = now;
    telling = false;
  }
}
