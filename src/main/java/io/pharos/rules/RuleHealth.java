package io.pharos.rules;

/// The outcome of a rule's last evaluation.
public enum RuleHealth {
  /// Not evaluated yet.
  UNKNOWN("unknown"),
  /// It succeeded.
  OK("ok"),
  /// It failed: alerts keep their state, and nothing is resolved.
  ERR("err");

  private final String text;

  RuleHealth(String text) {
    this.text = text;
  }

  /// The name in Prometheus' HTTP API.
  public String text() {
    return text;
  }
}
