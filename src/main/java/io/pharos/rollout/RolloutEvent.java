package io.pharos.rollout;

import java.time.Instant;

/// An event of a rollout. Events are stored permanently.
///
/// @param seq from 1
/// @param by name of the token or agent that caused it, or `pharos`
/// @param phase [RolloutPhase#word] of the phase after the event
/// @param why the reason, as text for people
public record RolloutEvent(
    String rollout, long seq, Instant at, String by, What what, String phase, String why) {
  /// The name of Pharos itself in `by`.
  static final String PHAROS = "pharos";

  /// What happened.
  public enum What {
    STARTED,
    /// An agent got a new lease.
    LEASE,
    /// The running servers were adopted as the state before the rollout.
    ADOPTED,
    MIGRATED,
    /// A step, the watch or the final phase began.
    MOVED,
    /// The servers of a step run the release, so their weights may be set.
    PLACED,
    GATE,
    HELD,
    PAUSED,
    RESUMED,
    APPROVED,
    RETURNING,
    ENDED
  }

  public RolloutEvent {
    why = why.replace('\0', '?'); // PostgreSQL's text type does not accept NUL
  }
}
