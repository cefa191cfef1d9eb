package io.pharos.alerting.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The clock of the notifier. It shows the time after a step only when all times that the notifier
/// keeps were moved accordingly. Until then it shows the last time before the step, so that no
/// alert expires and none that has ended fires again. A step is:
///
/// - a gap: the process stood still, the machine slept, or the clock was set ahead, so senders
///   could not renew their alerts;
/// - a clock that was set back.
///
/// It must be read every few seconds. Thread-safe.
final class NotifierClock implements InstantSource {
  /// Minimum length of a gap: longer than any garbage collection, and three times the interval at
  /// which [NotifierService] reads the clock.
  static final Duration GAP = Duration.ofSeconds(15);

  private final InstantSource clock;
  private final Executor executor;
  private Runnable listener = () -> {};
  private @Nullable Instant stepped;
  private Instant last;

  /// @param executor runs the listener, which may need locks that the reader of the clock holds
  NotifierClock(InstantSource clock, Executor executor) {
    this.clock = clock;
    this.executor = executor;
    this.last = clock.instant();
  }

  /// Sets what runs once after each step. It must call [#follow].
  synchronized void onStep(Runnable newListener) {
    listener = newListener;
  }

  /// Returns the current time; after a step, the last time before it until [#follow] has ended.
  /* The clock is read under the lock. Otherwise a thread could read the time, then the clock is set
   * back, and another thread records the new time first. The first thread's time would then look
   * like a gap. */
  @Override
  public synchronized Instant instant() {
    Instant now = clock.instant();
    if (stepped != null) {
      return last;
    }
    if (!now.isBefore(last) && !now.isAfter(last.plus(GAP))) {
      last = now;
    } else {
      stepped = now;
      executor.execute(listener);
    }
    return last;
  }

  /// Moves the kept times after a step, and then shows the new time. Does nothing without a step.
  /// Calls must not overlap.
  ///
  /// @param move gets the last time before the step and the first time after it
  void follow(BiConsumer<Instant, Instant> move) {
    Instant before;
    Instant now;
    synchronized (this) {
      if (stepped == null) {
        return;
      }
      before = last;
      now = stepped;
    }
    try {
      move.accept(before, now);
    } finally {
      synchronized (this) {
        last = now;
        stepped = null;
      }
    }
  }
}
