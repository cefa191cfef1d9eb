package io.pharos.rules;

/// How the last evaluation of a rule went.
public enum RuleHealth {
  /// Not evaluated yet.
  UNKNOWN("unknown"),
  OK("ok"),
  /// It failed: the alerts are as the evaluation before left them, and nothing was resolved.
  ERR("err");

  private final String text;

  RuleHealth(String text) {
    this.text = text;
  }

  /// The word of Prometheus' HTTP API.
  public String text() {
    return text;
  }
}
