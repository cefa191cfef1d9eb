package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

/// Why an agent does not get the lease, with status 409.
///
/// @param error a sentence
/// @param holder who has it
/// @param until when that lease is over unless it is renewed, RFC 3339
public record LeaseRefusal(String error, String holder, String until) {
  public LeaseRefusal {
    requireNonNull(error, "error is null");
    requireNonNull(holder, "holder is null");
    requireNonNull(until, "until is null");
  }

  /// The refusal that a text holds.
  ///
  /// @throws InvalidFieldException when it holds none
  public static LeaseRefusal parse(String json) {
    return WireJson.read(json, LeaseRefusal.class, WireJson.Strictness.LENIENT);
  }

  public String toJson() {
    return WireJson.write(this);
  }
}
