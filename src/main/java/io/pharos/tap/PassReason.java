package io.pharos.tap;

/// Why something went by without having been looked at, or counted under its own name.
public enum PassReason {
  /// The tap's own logic failed.
  FAILURE("failure"),
  /// The body is JSON, but compressed.
  ENCODED("encoded"),
  /// No code stands in the beginning of the body.
  PREFIX("prefix"),
  /// There were as many label sets as may be.
  SERIES("series"),
  /// There were as many codes as may be.
  CODES("codes"),
  /// The log had no room for the line.
  LOG("log");

  private final String reason;

  PassReason(String reason) {
    this.reason = reason;
  }

  /// The label of `pharos_tap_passed_through_total`.
  public String reason() {
    return reason;
  }
}
