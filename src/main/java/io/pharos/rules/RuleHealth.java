package io.pharos.rules;

/// The outcome of a rule's last evaluation.
public enum RuleHealth {
  /// The rule has not been evaluated yet.
  UNKNOWN("unknown"),
  /// The evaluation succeeded.
  OK("ok"),
  /// The evaluation failed. Alerts keep their state, and none is resolved.
  ERR("err");

  private final String text;

  RuleHealth(String text) {
    this.text = text;
  }

  /// Returns the name in Prometheus' HTTP API.
  public String text() {
    return text;
  }
}
