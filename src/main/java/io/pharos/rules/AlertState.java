package io.pharos.rules;

/// The state of an alert, or of a rule with all its alerts. Ordered by severity: a rule has the
/// highest state of its alerts.
public enum AlertState {
  /// The rule has not been evaluated since it was loaded.
  UNKNOWN("unknown"),
  /// The condition does not hold.
  INACTIVE("inactive"),
  /// The condition holds, but not yet for `for`.
  PENDING("pending"),
  /// The condition has held for at least `for`.
  FIRING("firing");

  private final String text;

  AlertState(String text) {
    this.text = text;
  }

  /// The name in Prometheus' HTTP API and in the label `alertstate`.
  public String text() {
    return text;
  }
}
