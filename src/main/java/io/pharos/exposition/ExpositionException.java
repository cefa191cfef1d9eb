package io.pharos.exposition;

import static java.util.Objects.requireNonNull;

/// Why a body is not in its format: the line, what stands there, and what was expected.
public final class ExpositionException extends Exception {
  private final int line;
  private final int column;

  /// @param line from 1
  /// @param column from 1, in bytes
  /// @param problem what was found and what was expected
  public ExpositionException(int line, int column, String problem) {
    super("line " + line + ", column " + column + ": " + requireNonNull(problem, "problem"));
    this.line = line;
    this.column = column;
  }

  public int line() {
    return line;
  }

  public int column() {
    return column;
  }
}
