package io.pharos.rules;

/// How far an alert, or a rule with all its alerts, has come. The order is that of severity: the
/// state of a rule is the highest among its alerts.
public enum AlertState {
  /// The rule has not been evaluated since it was loaded.
  UNKNOWN("unknown"),
  /// The condition does not hold.
  INACTIVE("inactive"),
  /// The condition holds, but not yet for long enough.
  PENDING("pending"),
  /// The condition has held for at least `for`.
  FIRING("firing");

  private final String text;

  AlertState(String text) {
    this.text = text;
  }

  /// The word of Prometheus' HTTP API and of the label `alertstate`.
  public String text() {
    return text;
  }
}
