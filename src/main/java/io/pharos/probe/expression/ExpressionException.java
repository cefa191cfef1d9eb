package io.pharos.probe.expression;

/// An expression that is not one of the language, or whose types do not fit.
public final class ExpressionException extends Exception {
  private final int at;

  /// @param at the character that is wrong, from 0
  ExpressionException(int at, String message) {
    super(message);
    this.at = at;
  }

  /// The column of the expression that is wrong, from 1.
  public int column() {
    return at + 1;
  }
}
