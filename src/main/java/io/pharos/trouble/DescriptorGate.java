package io.pharos.trouble;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Admits one kind of work (incoming connections or scrapes) while more file descriptors are free
/// than a reserve. If fewer are free, the gate still admits work while this kind has fewer open
/// descriptors than half of the reserve. So two kinds with the same reserve never block each other
/// completely. The rest of the reserve is for messages and files, which have no gate. Thread-safe.
public final class DescriptorGate {
  /* Counting the open descriptors needs a descriptor, and lists all of them. So a count is reused
   * for some time, and for a longer time if many descriptors are free. */
  private static final long REUSE_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MAX_REUSE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long MANY_FREE = 1000;

  private final int reserve;
  private final Supplier<Optional<Descriptors>> count;
  private final LongSupplier nanos;
  private long countedAt;
  private boolean counted;
  private long free;
  private long admitted;
  private int acquired;

  /// Creates a gate for the descriptors of this process.
  ///
  /// @param reserve number of descriptors reserved for other work
  public DescriptorGate(int reserve) {
    this(reserve, Descriptors::now, System::nanoTime);
  }

  /// Creates a gate with the given count of descriptors and the given clock.
  ///
  /// @param nanos a monotonic clock, in nanoseconds
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

  /// Reserves a descriptor. Returns false if the gate does not admit another descriptor. A reserved
  /// descriptor counts from now on, even if it is opened later.
  public synchronized boolean acquire() {
    if (!admits(acquired)) {
      return false;
    }
    acquired++;
    return true;
  }

  /// Releases a descriptor that is closed or will be closed soon.
  public synchronized void release() {
    acquired--;
  }

  /// Returns whether another descriptor is admitted, for callers that count their descriptors
  /// themselves.
  ///
  /// @param held descriptors of this kind that are open
  public synchronized boolean admits(int held) {
    boolean hasFree = hasFree(); // called first, because it updates the count
    if (!hasFree && held >= reserve / 2) {
      return false;
    }
    admitted++;
    return true;
  }

  private boolean hasFree() {
    long now = nanos.getAsLong();
    long reuse = free - admitted > MANY_FREE ? MAX_REUSE_NANOS : REUSE_NANOS;
    if (!counted || now - countedAt >= reuse) {
      counted = true;
      countedAt = now;
      free = count.get().map(it -> it.free() - reserve).orElse(Long.MAX_VALUE);
      admitted = 0;
    }
    return free > admitted;
  }
}
