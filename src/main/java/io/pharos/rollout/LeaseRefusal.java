package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

/// The answer with status 409 to a heartbeat of an agent to which the lease is refused.
///
/// @param error the reason, as a sentence
/// @param holder name of the agent that holds the lease
/// @param until end of that lease unless it is renewed, RFC 3339
public record LeaseRefusal(String error, String holder, String until) {
  public LeaseRefusal {
    requireNonNull(error, "error is null");
    requireNonNull(holder, "holder is null");
    requireNonNull(until, "until is null");
  }

  /// Parses a refusal; unknown fields are ignored.
  ///
  /// @throws InvalidFieldException when the text is no refusal
  public static LeaseRefusal parse(String json) {
    return WireJson.read(json, LeaseRefusal.class, WireJson.LENIENT);
  }

  /// Returns the refusal as JSON.
  public String toJson() {
    return WireJson.write(this);
  }
}
