package io.pharos.trouble;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Admits one kind of work (incoming connections, scrapes) while more file descriptors than a
/// reserve are free. If other work used up the rest, the kind may still use half of the reserve. So
/// two kinds with the same reserve never lock each other out, and half of it is left for messages
/// and files, which have no gate. Thread-safe.
public final class DescriptorGate {
  /* Counting descriptors needs one and lists them all. So a count is reused for some time, and for
   * longer if many are free. */
  private static final long KEPT_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MAX_KEPT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long PLENTY = 1000;

  private final int reserve;
  private final Supplier<Optional<Descriptors>> count;
  private final LongSupplier nanos;
  private long countedAt;
  private boolean counted;
  private long left;
  private long given;
  private int taken;

  /// Creates a gate for the descriptors of this process.
  ///
  /// @param reserve descriptors left to other work
  public DescriptorGate(int reserve) {
    this(reserve, Descriptors::now, System::nanoTime);
  }

  /// Creates a gate with another count of descriptors.
  ///
  /// @param nanos a monotonic clock
  public DescriptorGate(int reserve, Supplier<Optional<Descriptors>> count, LongSupplier nanos) {
    if (reserve < 0) {
      throw new IllegalArgumentException(reserve + " reserved descriptors: expected at least 0");
    }
    this.reserve = reserve;
    this.count = count;
    this.nanos = nanos;
  }

  /// Descriptors left to other work.
  public int reserve() {
    return reserve;
  }

  /// Takes a descriptor if the gate admits one more. It counts immediately, even if it is opened
  /// later.
  public synchronized boolean acquire() {
    if (!admits(taken)) {
      return false;
    }
    taken++;
    return true;
  }

  /// Returns a descriptor that is closed or soon will be.
  public synchronized void release() {
    taken--;
  }

  /// Whether one more descriptor is admitted, for callers that count their own.
  ///
  /// @param held descriptors of this kind that are open
  public synchronized boolean admits(int held) {
    boolean some = isLeft(); // first: it updates the count
    if (!some && held >= reserve / 2) {
      return false;
    }
    given++;
    return true;
  }

  private boolean isLeft() {
    long now = nanos.getAsLong();
    long kept = left - given > PLENTY ? MAX_KEPT_NANOS : KEPT_NANOS;
    if (!counted || now - countedAt >= kept) {
      counted = true;
      countedAt = now;
      left = count.get().map(it -> it.free() - reserve).orElse(Long.MAX_VALUE);
      given = 0;
    }
    return left > given;
  }
}
