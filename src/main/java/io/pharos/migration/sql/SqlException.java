package io.pharos.migration.sql;

/// A text cannot be split into statements; the message says what is not terminated.
public final class SqlException extends Exception {
  private final int line;

  /// @param line line where the unterminated part begins, from 1
  public SqlException(int line, String message) {
    super(message);
    this.line = line;
  }

  /// Returns the line where the unterminated part begins, from 1.
  public int line() {
    return line;
  }
}
