package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

/// Everything that asks for no scope, and why that is right.
public enum Exemption {
  HEALTH("load balancers and container health checks have no token; they learn yes or no"),
  LOG_IN("it is where somebody without a session gets one, and where one ends"),
  SILENCE_LINK(
      "it decides by itself: the signed link of a message permits the silence that it names, and"
          + " without one it asks for silence:write, or for read to show what would be hidden"),
  SIGNED(
      "GitHub has no token of ours: the body's HMAC by a secret that both know says who sends it, and"
          + " nothing of it counts before"),
  PROBE_TOKEN(
      "it decides by itself: the token of the push probe that the address names permits reports for"
          + " this one, and without it heartbeat:write is asked for"),
  PUSH_TOKEN(
      "the address holds the token of the push probe that the report is for, as Uptime Kuma's do; any"
          + " other is answered as if nobody were there"),
  GONE("it answers 410 to everybody and does nothing");

  private final String reason;

  Exemption(String reason) {
    this.reason = requireNonNull(reason, "reason is null");
  }

  /// Why no scope is asked for.
  public String reason() {
    return reason;
  }
}
