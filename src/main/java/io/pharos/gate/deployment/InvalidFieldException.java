package io.pharos.gate.deployment;

import io.pharos.model.Quoted;

/// A submitted value is invalid. Contains the field, the value and what was expected.
public final class InvalidFieldException extends IllegalArgumentException {
  private final String field;
  private final String value;
  private final String expected;

  /// Creates the exception for a field. Only the first 200 characters of its value are kept.
  public InvalidFieldException(String field, String value, String expected) {
    String shown = Quoted.cut(value, 200);
    super(field + ": expected " + expected + ", found " + Quoted.of(shown));
    this.field = field;
    this.value = shown;
    this.expected = expected;
  }

  /// Returns the field's name.
  public String field() {
    return field;
  }

  /// Returns the beginning of the submitted value.
  public String value() {
    return value;
  }

  /// Returns what was expected.
  public String expected() {
    return expected;
  }
}
