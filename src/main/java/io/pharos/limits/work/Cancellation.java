package io.pharos.limits.work;

import io.pharos.limits.work.CancelledException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Determines whether work should end: because it was cancelled, or because its deadline passed.
/// Long loops call [#check]. Thread-safe.
///
/// [#current] returns the cancellation of the work on the current thread. Readers of samples use it
/// because their methods have no parameter for a cancellation. Work is not cancelled by an
/// interrupt, because an interrupt closes the files that the thread is reading.
public final class Cancellation {
  /// For work that can't be cancelled.
  public static final Cancellation NEVER = new Cancellation(null, () -> 0, Long.MAX_VALUE);

  private static final ScopedValue<Cancellation> CURRENT = ScopedValue.newInstance();

  private final @Nullable Cancellation outer;
  private final LongSupplier nanoTime;
  private final long deadlineNanos;
  private final List<Runnable> listeners = new ArrayList<>();
  private volatile boolean cancelled;

  private Cancellation(@Nullable Cancellation outer, LongSupplier nanoTime, long deadlineNanos) {
    this.outer = outer;
    this.nanoTime = nanoTime;
    this.deadlineNanos = deadlineNanos;
  }

  /// Creates a cancellation without a deadline.
  public Cancellation() {
    this(null, () -> 0, Long.MAX_VALUE);
  }

  /// Returns the cancellation of the work on this thread; [#NEVER] if there is none.
  public static Cancellation current() {
    return CURRENT.orElse(NEVER);
  }

  /// Returns a cancellation that ends its work when this cancellation is cancelled, or at a
  /// deadline.
  ///
  /// @param deadlineNanos a time of `nanoTime`
  public Cancellation until(long deadlineNanos, LongSupplier nanoTime) {
    return new Cancellation(
        this == NEVER ? null : this,
        nanoTime,
        deadlineNanos == Long.MAX_VALUE ? deadlineNanos - 1 : deadlineNanos);
  }

  /// Cancels the work, which ends at its next check. A second call and a call on [#NEVER] have no
  /// effect.
  public void cancel() {
    if (this == NEVER) {
      return;
    }
    List<Runnable> notified;
    synchronized (listeners) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      notified = List.copyOf(listeners);
      listeners.clear();
    }
    notified.forEach(Runnable::run);
  }

  /// Adds a listener that is called once on cancellation; immediately if the work is already
  /// cancelled. It is not called at the deadline.
  ///
  /// @param listener must return quickly and not throw
  void whenCancelled(Runnable listener) {
    if (outer != null) {
      outer.whenCancelled(listener);
    }
    synchronized (listeners) {
      if (!cancelled) {
        if (this != NEVER) {
          listeners.add(listener);
        }
        return;
      }
    }
    listener.run();
  }

  /// Returns why the work should end; empty if it should continue.
  public Optional<Reason> reason() {
    if (cancelled) {
      return Optional.of(Reason.GONE);
    }
    if (deadlineNanos != Long.MAX_VALUE && nanoTime.getAsLong() - deadlineNanos > 0) {
      return Optional.of(Reason.LATE);
    }
    return outer == null ? Optional.empty() : outer.reason();
  }

  /// Throws an exception if the work should end.
  ///
  /// @throws CancelledException if the work was cancelled or its deadline has passed
  public void check() {
    Optional<Reason> reason = reason();
    if (reason.isPresent()) {
      throw new CancelledException(reason.get());
    }
  }

  /// Like [#check()], but checks only in every 256th turn of a loop: in turn 0, 256 and so on.
  public void check(int turn) {
    if ((turn & 0xff) == 0) {
      check();
    }
  }

  /// Calls [#check(int)] of the [#current] cancellation.
  public static void checkCurrent(int turn) {
    if ((turn & 0xff) == 0) {
      current().check();
    }
  }

  /// Calls the work; meanwhile [#current] returns this cancellation on the same thread.
  public <T> T call(Supplier<T> work) {
    return ScopedValue.where(CURRENT, this).call(work::get);
  }
}
