package io.pharos.lint;

/// A problem in a versioned file.
///
/// @param line line of the key with the problem, from 1; 0 for the whole file
public record Finding(
    String file, int line, FindingSeverity severity, LintCheck check, String message) {
  /// `file:line: severity [check] message`.
  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line : "")
        + ": "
        + severity.text()
        + " ["
        + check.id()
        + "] "
        + message;
  }
}
