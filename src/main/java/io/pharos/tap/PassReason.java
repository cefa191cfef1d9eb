package io.pharos.tap;

/// Why an exchange was forwarded without inspection, or counted under a collective label.
public enum PassReason {
  /// The tap's own code failed.
  FAILURE("failure"),
  /// The body is JSON, but compressed.
  ENCODED("encoded"),
  /// The inspected prefix of the body has no code.
  PREFIX("prefix"),
  /// The limit on label sets was reached.
  SERIES("series"),
  /// The limit on envelope codes was reached.
  CODES("codes"),
  /// The queue of the access log was full.
  LOG("log");

  private final String reason;

  PassReason(String reason) {
    this.reason = reason;
  }

  /// Returns the label value in `pharos_tap_passed_through_total`.
  public String reason() {
    return reason;
  }
}
