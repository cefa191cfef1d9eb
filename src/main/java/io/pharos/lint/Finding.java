package io.pharos.lint;

import static java.util.Objects.requireNonNull;

/// One thing that is wrong with a versioned file.
///
/// @param line from 1: where the key stands that the finding is about; 0 for the file as a whole
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
