package io.pharos.trouble;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Lets one kind of work (connections that come in, scrapes) have file descriptors as long as more
/// than a reserve are left. Of the reserve itself a half is its own where others took the rest: so
/// two kinds with the same reserve never keep each other out, and leave half of it to what has no
/// gate, which is messages and files. Thread-safe.
public final class DescriptorGate {
  /* To count descriptors takes one, and a look at each of them. So a count serves for some time, and
   * for longer where many are left. */
  private static final long KEPT_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MOST_KEPT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long PLENTY = 1000;

  private final int reserve;
  private final Supplier<Optional<Descriptors>> count;
  private final LongSupplier nanos;
  private long countedAt;
  private boolean counted;
  private long left;
  private long given;
  private int taken;

  /// @param reserve how many it leaves
  public DescriptorGate(int reserve) {
    this(reserve, Descriptors::now, System::nanoTime);
  }

  /// @param nanos a clock that never jumps
  public DescriptorGate(int reserve, Supplier<Optional<Descriptors>> count, LongSupplier nanos) {
    if (reserve < 0) {
      throw new IllegalArgumentException(reserve + ": the reserve can't be negative");
    }
    this.reserve = reserve;
    this.count = requireNonNull(count, "count is null");
    this.nanos = requireNonNull(nanos, "nanos is null");
  }

  /// How many descriptors it leaves.
  public int reserve() {
    return reserve;
  }

  /// Takes a place for one descriptor, if there is one; it is counted at once, though it may be a
  /// while until the system sees it.
  public synchronized boolean take() {
    if (!admits(taken)) {
      return false;
    }
    taken++;
    return true;
  }

  /// Gives a place back whose descriptor is closed, or soon will be.
  public synchronized void giveBack() {
    taken--;
  }

  /// Whether one more may be had by whoever counts his own.
  ///
  /// @param held how many of this kind there are
  public synchronized boolean admits(int held) {
    boolean some = isLeft(); // counts, so that those who get one anyhow are known
    if (!some && held >= reserve / 2) {
      return false;
    }
    given++;
    return true;
  }

  private boolean isLeft() {
    long now = nanos.getAsLong();
    long kept = left - given > PLENTY ? MOST_KEPT_NANOS : KEPT_NANOS;
    if (!counted || now - countedAt >= kept) {
      counted = true;
      countedAt = now;
      left = count.get().map(it -> it.free() - reserve).orElse(Long.MAX_VALUE);
      given = 0;
    }
    return left > given;
  }
}
