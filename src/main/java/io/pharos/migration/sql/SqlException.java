package io.pharos.migration.sql;

/// A text that can't be cut into statements; the message says what does not end.
public final class SqlException extends Exception {
  private final int line;

  /// @param line from 1: where what does not end begins
  public SqlException(int line, String message) {
    super(message);
    this.line = line;
  }

  public int line() {
    return line;
  }
}
