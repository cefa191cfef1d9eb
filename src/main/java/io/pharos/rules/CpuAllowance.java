package io.pharos.rules;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Processor time that looks may take: a fiftieth of one, and what a moment may take beyond that.
/// Thread-safe.
final class CpuAllowance {
  private static final long SHARE = 50;
  private static final long MOST_SAVED_NANOS = Duration.ofMillis(100).toNanos();

  private final LongSupplier nanos;
  private long saved = MOST_SAVED_NANOS;
  private long savedAt;

  /// @param nanos a clock that never jumps
  CpuAllowance(LongSupplier nanos) {
    this.nanos = nanos;
    savedAt = nanos.getAsLong();
  }

  synchronized boolean hasSome() {
    long now = nanos.getAsLong();
    saved = Math.min(MOST_SAVED_NANOS, saved + (now - savedAt) / SHARE);
    savedAt = now;
    return saved > 0;
  }

  synchronized void take(long spent) {
    saved -= spent;
  }
}
