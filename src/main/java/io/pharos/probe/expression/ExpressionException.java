package io.pharos.probe.expression;

/// Thrown if an expression has a syntax or type error.
public final class ExpressionException extends Exception {
  private final int index;

  /// @param index index of the character at which the error is, from 0
  ExpressionException(int index, String message) {
    super(message);
    this.index = index;
  }

  /// Returns the column of the error, from 1.
  public int column() {
    return index + 1;
  }
}
