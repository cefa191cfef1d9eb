package io.pharos.lint;

/// How bad a finding is.
public enum FindingSeverity {
  /// Could be simpler.
  INFO("info"),
  /// Most likely not what was meant.
  WARNING("warning"),
  /// The rule can't do what it is for.
  ERROR("error");

  private final String text;

  FindingSeverity(String text) {
    this.text = text;
  }

  /// The name in reports and flags.
  public String text() {
    return text;
  }
}
