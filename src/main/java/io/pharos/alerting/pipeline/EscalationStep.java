package io.pharos.alerting.pipeline;

import java.time.Instant;

/// The step of a policy that told a receiver.
///
/// @param level number of the policy's level, from 1
/// @param person the person whom the receiver reaches; empty for the fallback
/// @param since a receiver that was told earlier is told again
/// @param startedAt when the policy began
public record EscalationStep(
    String policy, int level, String person, Cause cause, Instant since, Instant startedAt) {
  /// Why the step was taken.
  public enum Cause {
    /// The level is due.
    LEVEL,
    /// Nobody on the level before could be reached.
    NOBODY_REACHED,
    /// The person's own rule says so.
    RULE,
    /// The person's way before failed, or did not confirm in time.
    NEXT_WAY,
    /// The person has acknowledged, and is asked to renew that.
    OWNER,
    /// Nobody on the last level could be reached.
    FALLBACK
  }

  /// Whether it is the beginning of the policy.
  public boolean isFirst() {
    return cause == Cause.LEVEL && since.equals(startedAt);
  }
}
