package io.pharos.ingest.exposition;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Quoted;

/// A body does not match its format. The message contains the place, the text there, and what was
/// expected.
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

  private ExpositionException(String message) {
    super(message);
    line = 0;
    column = 0;
  }

  /// Creates an error in a binary format.
  ///
  /// @param offset in the body, from 0
  static ExpositionException atByte(int offset, String problem) {
    return new ExpositionException("byte " + offset + ": " + problem);
  }

  /// Returns the same error with the name of its metric family.
  ExpositionException in(String family) {
    var located =
        new ExpositionException("metric family " + Quoted.of(family) + ": " + getMessage());
    located.initCause(this);
    return located;
  }

  /// The line, from 1; 0 if the format has no lines.
  public int line() {
    return line;
  }

  /// The column in bytes, from 1; 0 if the format has no lines.
  public int column() {
    return column;
  }
}
