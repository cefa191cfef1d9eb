package io.pharos.alerting.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/// A clock that detects gaps. In a gap the process stood still, the machine slept, or the clock was
/// set ahead, so senders could not renew their alerts. After a gap this clock returns the last time
/// before the gap until the listener has extended these alerts. It must be read every few seconds.
/// Thread-safe.
final class GapDetectingClock implements InstantSource {
  /// Minimum length of a gap: longer than any garbage collection, and three times the interval at
  /// which [NotifierService] reads the clock.
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
  /* The clock is read under the lock. Otherwise a thread could read the time, then the clock is set
   * back, and another thread records the new time first. The first thread's time would then look
   * like a gap. */
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
