package io.pharos.limits.work;

import io.pharos.limits.work.CancelledException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Whether work should continue: not after a cancellation or a deadline. Long loops call [#check].
/// Thread-safe.
///
/// Code on a thread finds the cancellation of its work by [#current], because readers of samples
/// have no parameter for it. It is a flag and not an interrupt, because an interrupt closes the
/// files that the thread reads.
public final class Cancellation {
  /// The cancellation of work that cannot be cancelled.
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

  /// Creates one without a deadline.
  public Cancellation() {
    this(null, () -> 0, Long.MAX_VALUE);
  }

  /// The cancellation of the work on this thread; [#NEVER] if it has none.
  public static Cancellation current() {
    return CURRENT.orElse(NEVER);
  }

  /// Creates one that ends with this one or at a deadline, whichever is first.
  ///
  /// @param deadlineNanos a time of `nanoTime`
  public Cancellation until(long deadlineNanos, LongSupplier nanoTime) {
    return new Cancellation(
        this == NEVER ? null : this,
        nanoTime,
        deadlineNanos == Long.MAX_VALUE ? deadlineNanos - 1 : deadlineNanos);
  }

  /// Ends the work at its next check. Does nothing the second time, nor to [#NEVER].
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

  /// Adds a listener that runs once on cancellation, immediately if that has happened. It does not
  /// run at the deadline.
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

  /// Why the work should end; empty if it should continue.
  public Optional<Reason> reason() {
    if (cancelled) {
      return Optional.of(Reason.GONE);
    }
    if (deadlineNanos != Long.MAX_VALUE && nanoTime.getAsLong() - deadlineNanos > 0) {
      return Optional.of(Reason.LATE);
    }
    return outer == null ? Optional.empty() : outer.reason();
  }

  /// Ends the work if it should not continue.
  ///
  /// @throws CancelledException if it was cancelled or its deadline has passed
  public void check() {
    Optional<Reason> reason = reason();
    if (reason.isPresent()) {
      throw new CancelledException(reason.get());
    }
  }

  /// Like [#check()], but only in every 256th turn of a loop, beginning with turn 0.
  public void check(int turn) {
    if ((turn & 0xff) == 0) {
      check();
    }
  }

  /// Like [#check(int)] for the [#current] cancellation.
  public static void checkCurrent(int turn) {
    if ((turn & 0xff) == 0) {
      current().check();
    }
  }

  /// Runs work with this as its [#current] cancellation.
  public <T> T call(Supplier<T> work) {
    return ScopedValue.where(CURRENT, this).call(work::get);
  }
}
