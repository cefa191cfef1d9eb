package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The right to act for a service in an environment, for a limited time.
///
/// @param holder name of the agent
/// @param epoch increases with each new lease, also if the same agent gets a new lease after its
///   old one has expired
/// @param until end of the lease unless it is renewed
/// @param token name of the access token that took the lease: only this token renews it, because
///   the agent's name is no secret; null for a lease of an earlier version, which the next
///   heartbeat of the agent binds to its token
public record Lease(String holder, long epoch, Instant until, @Nullable String token) {
  public Lease {
    requireNonNull(holder, "holder is null");
    requireNonNull(until, "until is null");
  }

  boolean isHeld(Instant now) {
    return now.isBefore(until);
  }
}
