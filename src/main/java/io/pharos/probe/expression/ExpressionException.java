package io.pharos.probe.expression;

/// An expression with a syntax or type error.
public final class ExpressionException extends Exception {
  private final int at;

  /// @param at index of the character at which the error is, from 0
  ExpressionException(int at, String message) {
    super(message);
    this.at = at;
  }

  /// Returns the column of the error, from 1.
  public int column() {
    return at + 1;
  }
}
