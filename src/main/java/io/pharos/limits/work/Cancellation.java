package io.pharos.limits.work;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.CancelledException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Says whether work is still wanted: until somebody cancels it, or until its time is over. Long
/// loops ask. Thread-safe.
///
/// What runs on a thread finds that of its work by [#current]: readers of samples are called by
/// many and take no argument for it. A flag and not an interrupt, because an interrupt closes the
/// files that the thread reads.
public final class Cancellation {
  /// Of work that nobody can cancel.
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

  /// One without a deadline, for [#cancel] to end.
  public Cancellation() {
    this(null, () -> 0, Long.MAX_VALUE);
  }

  /// That of the work on this thread; [#NEVER] where there is none.
  public static Cancellation current() {
    return CURRENT.orElse(NEVER);
  }

  /// One that ends with this one, or when its time is over, whichever is first.
  ///
  /// @param deadlineNanos a time of `nanoTime`
  public Cancellation until(long deadlineNanos, LongSupplier nanoTime) {
    return new Cancellation(
        this == NEVER ? null : this,
        requireNonNull(nanoTime, "nanoTime is null"),
        deadlineNanos == Long.MAX_VALUE ? deadlineNanos - 1 : deadlineNanos);
  }

  /// Ends the work at its next look. Does nothing the second time, nor to [#NEVER].
  public void cancel() {
    if (this == NEVER) {
      return;
    }
    List<Runnable> told;
    synchronized (listeners) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      told = List.copyOf(listeners);
      listeners.clear();
    }
    told.forEach(Runnable::run);
  }

  /// Has something run once it is cancelled, now if it already is. A deadline that passes tells
  /// nobody.
  ///
  /// @param listener must be quick, and throw nothing
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

  /// Why the work is not wanted any more; empty while it is.
  public Optional<Reason> reason() {
    if (cancelled) {
      return Optional.of(Reason.GONE);
    }
    if (deadlineNanos != Long.MAX_VALUE && nanoTime.getAsLong() - deadlineNanos > 0) {
      return Optional.of(Reason.LATE);
    }
    return outer == null ? Optional.empty() : outer.reason();
  }

  /// Ends the work here where it is not wanted any more.
  ///
  /// @throws CancelledException then
  public void check() {
    Optional<Reason> reason = reason();
    if (reason.isPresent()) {
      throw new CancelledException(reason.get());
    }
  }

  /// As [#check], in every 256th turn of a loop, the first included.
  public void check(int turn) {
    if ((turn & 0xff) == 0) {
      check();
    }
  }

  /// As [#check(int)] of the [#current] one.
  public static void checkCurrent(int turn) {
    if ((turn & 0xff) == 0) {
      current().check();
    }
  }

  /// Does work of which this is the [#current] one.
  public <T> T call(Supplier<T> work) {
    return ScopedValue.where(CURRENT, this).call(work::get);
  }
}
