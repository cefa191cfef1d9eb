package io.pharos.server.api;

/// The reasons why a route needs no scope.
public enum Exemption {
  HEALTH("load balancers and container health checks have no token; the answer is only yes or no"),
  LOG_IN("it creates sessions"),
  LOG_OUT("it ends the caller's own session"),
  SILENCE_LINK(
      "it checks permissions itself: a message's signed link permits the silence that it names;"
          + " without a link it requires silence:write, or read to list the affected alerts"),
  ACKNOWLEDGE_LINK(
      "it checks permissions itself: a message's signed link permits to acknowledge the group of the"
          + " message, once"),
  SIGNED(
      "GitHub has no token of ours: the HMAC of the body by a shared secret authenticates the body before"
          + " anything is processed"),
  PROBE_TOKEN(
      "it checks permissions itself: the token of the push probe permits reports for that probe;"
          + " with any other token it requires heartbeat:write"),
  PUSH_TOKEN(
      "the address contains the token of the push probe, as in Uptime Kuma; any other token gets 404"),
  GONE("it only answers 410");

  private final String reason;

  Exemption(String reason) {
    this.reason = reason;
  }

  /// Returns the reason as a sentence without a full stop.
  public String reason() {
    return reason;
  }
}
