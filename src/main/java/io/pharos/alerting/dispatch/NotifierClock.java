package io.pharos.alerting.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
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
  private volatile Runnable listener = () -> {};
  private final AtomicReference<Shown> shown;

  /// What the clock shows.
  ///
  /// @param stepped the first time after a step that was not followed yet; null if there is none
  private record Shown(Instant last, @Nullable Instant stepped) {}

  /// @param executor runs the listener, which may need locks that the reader of the clock holds
  NotifierClock(InstantSource clock, Executor executor) {
    this.clock = clock;
    this.executor = executor;
    this.shown = new AtomicReference<>(new Shown(clock.instant(), null));
  }

  /// Sets what runs once after each step. It must call [#follow].
  void onStep(Runnable newListener) {
    listener = newListener;
  }

  /// Returns the current time; after a step, the last time before it until [#follow] has ended.
  /* The clock is read again if another thread has recorded a time meanwhile. Otherwise a thread
   * could read the time, then the clock is set back, and another thread records the new time first.
   * The first thread's time would then look like a gap. There is no lock: all groups of a storm read
   * the clock at once. */
  @Override
  public Instant instant() {
    while (true) {
      Shown before = shown.get();
      if (before.stepped != null) {
        return before.last;
      }
      Instant now = clock.instant();
      boolean isStep = now.isBefore(before.last) || now.isAfter(before.last.plus(GAP));
      var after = isStep ? new Shown(before.last, now) : new Shown(now, null);
      if (shown.compareAndSet(before, after)) {
        if (isStep) {
          executor.execute(listener);
        }
        return after.last;
      }
    }
  }

  /// Moves the kept times after a step, and then shows the new time. Does nothing without a step.
  /// Calls must not overlap.
  ///
  /// @param move gets the last time before the step and the first time after it
  void follow(BiConsumer<Instant, Instant> move) {
    Shown step = shown.get();
    Instant now = step.stepped;
    if (now == null) {
      return;
    }
    try {
      move.accept(step.last, now);
    } finally {
      shown.set(new Shown(now, null));
    }
  }
}
