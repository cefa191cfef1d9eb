package io.pharos.migration;

import static java.util.Objects.requireNonNull;

/// What is to be said about a statement of a migration.
///
/// @param line from 1
/// @param what the part of the statement that is meant, as in `DROP COLUMN quota`
/// @param allowed the reason that the file gives for letting it through; empty where it gives none
public record MigrationFinding(
    String file, int line, MigrationRule rule, boolean isError, String what, String allowed) {
  public MigrationFinding {
    requireNonNull(file, "file is null");
    requireNonNull(rule, "rule is null");
    requireNonNull(what, "what is null");
    requireNonNull(allowed, "allowed is null");
  }

  /// What is wrong and how to do it instead, without the place.
  public String message() {
    return allowed.isEmpty()
        ? what + " [" + rule.id() + "]: " + rule.advice()
        : what + " [" + rule.id() + "] is let through: " + allowed;
  }

  @Override
  public String toString() {
    return file + ":" + line + ": " + message();
  }
}
