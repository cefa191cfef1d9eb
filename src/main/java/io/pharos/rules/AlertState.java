package io.pharos.rules;

/// The state of an alert, or of a rule: the highest state of its alerts. The states are in
/// ascending order.
public enum AlertState {
  /// The rule has not been evaluated since it was loaded.
  UNKNOWN("unknown"),
  /// The condition does not hold.
  INACTIVE("inactive"),
  /// The condition holds, but for less than the duration of `for`.
  PENDING("pending"),
  /// The condition has held for the duration of `for`.
  FIRING("firing");

  private final String text;

  AlertState(String text) {
    this.text = text;
  }

  /// Returns the name in Prometheus' HTTP API and in the label `alertstate`.
  public String text() {
    return text;
  }
}
