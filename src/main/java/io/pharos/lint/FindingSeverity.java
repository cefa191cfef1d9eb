package io.pharos.lint;

/// The severity of a finding.
public enum FindingSeverity {
  /// A possible simplification.
  INFO("info"),
  /// Probably a mistake.
  WARNING("warning"),
  /// The rule or file does not work as intended.
  ERROR("error");

  private final String text;

  FindingSeverity(String text) {
    this.text = text;
  }

  /// Returns the name in reports and flags.
  public String text() {
    return text;
  }
}
