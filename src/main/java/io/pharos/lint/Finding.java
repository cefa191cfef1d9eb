package io.pharos.lint;

import static java.util.Objects.requireNonNull;

/// A problem in a versioned file.
///
/// @param line line of the key with the problem, from 1; 0 for the whole file
public record Finding(
    String file, int line, FindingSeverity severity, LintCheck check, String message) {
  public Finding {
    requireNonNull(file, "file is null");
    requireNonNull(severity, "severity is null");
    requireNonNull(check, "check is null");
    requireNonNull(message, "message is null");
  }

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
