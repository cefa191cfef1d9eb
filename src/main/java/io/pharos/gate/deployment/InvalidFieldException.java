package io.pharos.gate.deployment;

import io.pharos.model.Quoted;

/// A submitted value is invalid. Contains the field, the value and what was expected.
public final class InvalidFieldException extends IllegalArgumentException {
  private final String field;
  private final String value;
  private final String expected;

  /// Creates the exception for a field.
  public InvalidFieldException(String field, String value, String expected) {
    super(field + ": expected " + expected + ", found " + Quoted.of(value));
    this.field = field;
    this.value = value;
    this.expected = expected;
  }

  /// Returns the field's name.
  public String field() {
    return field;
  }

  /// Returns the submitted value.
  public String value() {
    return value;
  }

  /// Returns what was expected.
  public String expected() {
    return expected;
  }
}
