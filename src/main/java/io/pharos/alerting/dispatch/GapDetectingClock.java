package io.pharos.alerting.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/// A clock that detects gaps: the process stood still, the machine slept, or the clock was set
/// ahead. Alerts that expired in a gap could not be renewed. So this clock shows the last time
/// before the gap until the listener has extended them. It must be read often. Thread-safe.
final class GapDetectingClock implements InstantSource {
  /// Minimum length of a gap: longer than any garbage collection, and longer than three beats.
  static final Duration GAP = Duration.ofSeconds(15);

  private final InstantSource clock;
  private final Executor executor;
  private final BiConsumer<Instant, Instant> listener;
  private boolean handling;
  private Instant last;

  /// @param listener called once per gap with the last time before the gap and the first time after
  ///   it
  /// @param executor runs the listener, which may need locks that the reader of the clock holds
  GapDetectingClock(InstantSource clock, Executor executor, BiConsumer<Instant, Instant> listener) {
    this.clock = clock;
    this.executor = executor;
    this.listener = listener;
    this.last = clock.instant();
  }

  /// Returns the current time; during the handling of a gap, the last time before the gap.
  /* The clock is read under the lock. Otherwise a thread could read the time, the clock be set
   * back, and another thread record the new time first: the older reading would look like a gap. */
  @Override
  public synchronized Instant instant() {
    Instant now = clock.instant();
    if (!now.isAfter(last.plus(GAP))) {
      last = now;
    } else if (!handling) {
      handling = true;
      Instant before = last;
      executor.execute(
          () -> {
            try {
              listener.accept(before, now);
            } finally {
              handled(now);
            }
          });
    }
    return last;
  }

  private synchronized void handled(Instant now) {
    last = now;
    handling = false;
  }
}
