package io.pharos.promql.ast;

/// The types of PromQL's values.
public enum ValueType {
  SCALAR("scalar"),
  VECTOR("instant vector"),
  MATRIX("range vector"),
  STRING("string");

  private final String documented;

  ValueType(String documented) {
    this.documented = documented;
  }

  /// Returns the name of the type in documentation and error messages.
  public String documented() {
    return documented;
  }
}
