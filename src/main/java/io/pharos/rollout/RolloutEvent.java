package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// One thing that happened to a rollout, as it is kept for ever.
///
/// @param seq from 1
/// @param by who did it: a token, an agent, or `pharos`
/// @param phase where the rollout stood then
/// @param why for people
public record RolloutEvent(
    String rollout, long seq, Instant at, String by, What what, String phase, String why) {
  /// What pharos does by itself is done by this name.
  static final String PHAROS = "pharos";

  /// What happened.
  public enum What {
    STARTED,
    /// Another agent, or one whose lease had run out, holds the lease.
    LEASE,
    /// What runs was written down, since nobody knew it.
    ADOPTED,
    MIGRATED,
    /// A step began, or the watch, or the end of it.
    MOVED,
    /// Servers of a batch are ready for their weight.
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
    requireNonNull(rollout, "rollout is null");
    requireNonNull(at, "at is null");
    requireNonNull(by, "by is null");
    requireNonNull(what, "what is null");
    requireNonNull(phase, "phase is null");
    why = why.replace('\0', '?'); // PostgreSQL's text has no NUL
  }
}
