package io.pharos.gate.deployment;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Quoted;

/// Why a value that somebody sent is refused: which field, which value, what was expected.
public final class InvalidFieldException extends IllegalArgumentException {
  private final String field;
  private final String value;
  private final String expected;

  public InvalidFieldException(String field, String value, String expected) {
    super(field + ": expected " + expected + ", found " + Quoted.of(value));
    this.field = requireNonNull(field, "field is null");
    this.value = requireNonNull(value, "value is null");
    this.expected = requireNonNull(expected, "expected is null");
  }

  public String field() {
    return field;
  }

  public String value() {
    return value;
  }

  public String expected() {
    return expected;
  }
}
