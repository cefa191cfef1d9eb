package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// The right to act for a service in an environment, for a limited time.
///
/// @param holder name of the agent
/// @param epoch increases with each new lease, also if the same agent gets a new lease after its
///   old one has expired
/// @param until end of the lease unless it is renewed
public record Lease(String holder, long epoch, Instant until) {
  public Lease {
    requireNonNull(holder, "holder is null");
    requireNonNull(until, "until is null");
  }

  boolean isHeld(Instant now) {
    return now.isBefore(until);
  }
}
