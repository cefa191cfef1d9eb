package io.pharos.trouble;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Admits one kind of work (incoming connections, scrapes) while more file descriptors are free
/// than a reserve. If other work has used up the others, this kind may still use half of the
/// reserve. So two kinds with the same reserve never block each other completely. The other half is
/// for messages and files, which have no gate. Thread-safe.
public final class DescriptorGate {
  /* Counting the open descriptors needs a descriptor and lists all of them. So a count is reused
   * for some time, which is longer if many are free. */
  private static final long KEPT_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MAX_KEPT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long PLENTY = 1000;

  private final int reserve;
  private final Supplier<Optional<Descriptors>> count;
  private final LongSupplier nanos;
  private long countedAt;
  private boolean counted;
  private long free;
  private long admitted;
  private int taken;

  /// Creates a gate for the descriptors of this process.
  ///
  /// @param reserve number of descriptors reserved for other work
  public DescriptorGate(int reserve) {
    this(reserve, Descriptors::now, System::nanoTime);
  }

  /// Creates a gate that counts descriptors in another way.
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

  /// Returns the number of descriptors reserved for other work.
  public int reserve() {
    return reserve;
  }

  /// Reserves a descriptor; returns false if the gate does not admit one more. The descriptor
  /// counts from now on, even if it is opened later.
  public synchronized boolean acquire() {
    if (!admits(taken)) {
      return false;
    }
    taken++;
    return true;
  }

  /// Releases a descriptor that is closed or soon will be.
  public synchronized void release() {
    taken--;
  }

  /// Returns whether one more descriptor is admitted, for callers that count their descriptors
  /// themselves.
  ///
  /// @param held descriptors of this kind that are open
  public synchronized boolean admits(int held) {
    boolean some = isLeft(); // called first, because it updates the count
    if (!some && held >= reserve / 2) {
      return false;
    }
    admitted++;
    return true;
  }

  private boolean isLeft() {
    long now = nanos.getAsLong();
    long kept = free - admitted > PLENTY ? MAX_KEPT_NANOS : KEPT_NANOS;
    if (!counted || now - countedAt >= kept) {
      counted = true;
      countedAt = now;
      free = count.get().map(it -> it.free() - reserve).orElse(Long.MAX_VALUE);
      admitted = 0;
    }
    return free > admitted;
  }
}
