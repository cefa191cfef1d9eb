package io.pharos.rollout.agent;

import io.pharos.rollout.RolloutSite;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// The lease by the agent's own clock: when the agent may act, when it restores the approved
/// weights, and when it may go on after that.
final class LeaseClock {
  /* Fraction of the lease without an answer after which the approved weights are restored. The
   * restoration must be done before the lease ends. */
  private static final double GIVES_UP_AFTER = 0.8;

  private final LongSupplier nanos;
  private Duration lease = RolloutSite.LEASE;
  private long heardAt;
  private boolean restoring;

  /// Since when Pharos has answered without a pause after the approved weights were restored.
  private Optional<Long> steadySince = Optional.empty();

  LeaseClock(LongSupplier nanos) {
    this.nanos = nanos;
    heardAt = nanos.getAsLong();
  }

  Duration lease() {
    return lease;
  }

  /// Pharos granted the lease.
  ///
  /// @param sent when the heartbeat was sent
  void granted(long sent, Duration newLease) {
    heardAt = sent;
    lease = newLease;
    if (restoring) {
      restoring = false;
      steadySince = Optional.of(sent);
    }
  }

  /// Pharos did not answer.
  void silent() {
    steadySince = steadySince.map(_ -> nanos.getAsLong());
  }

  /// Returns whether the approved weights must be restored.
  boolean isGivenUp() {
    return nanos.getAsLong() - heardAt >= lease.toNanos() * GIVES_UP_AFTER;
  }

  /// Returns whether the lease is still valid. Call it right before each change, because the
  /// process may have been suspended for hours since the answer.
  boolean isValid() {
    return nanos.getAsLong() - heardAt < lease.toNanos();
  }

  /// Records that the approved weights are restored; returns whether that begins now.
  boolean beginRestoring() {
    boolean begins = !restoring;
    restoring = true;
    return begins;
  }

  /// Returns whether Pharos may lead above the approved weights: it was not away, or it has
  /// answered for a lease since, so that a Pharos that comes and goes moves no traffic each time.
  boolean isSteady() {
    if (steadySince.isPresent() && nanos.getAsLong() - steadySince.get() >= lease.toNanos()) {
      steadySince = Optional.empty();
    }
    return steadySince.isEmpty();
  }
}
