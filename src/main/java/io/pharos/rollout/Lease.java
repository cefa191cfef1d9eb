package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// Who may act for a service and environment.
///
/// @param holder the agent
/// @param epoch grows with each new holder, and with one whose lease had run out
/// @param until when it is over unless it is renewed
public record Lease(String holder, long epoch, Instant until) {
  public Lease {
    requireNonNull(holder, "holder is null");
    requireNonNull(until, "until is null");
  }

  boolean isHeld(Instant now) {
    return now.isBefore(until);
  }
}
