package io.pharos.migration.lint;

import static java.util.Objects.requireNonNull;

import io.pharos.migration.MigrationRule;

/// A violation of a rule by a statement of a migration.
///
/// @param line from 1
/// @param what the violating part of the statement, such as `DROP COLUMN quota`
/// @param allowed the reason for which the file allows it; empty if it does not
public record MigrationFinding(
    String file, int line, MigrationRule rule, boolean isError, String what, String allowed) {
  public MigrationFinding {
    requireNonNull(file, "file is null");
    requireNonNull(rule, "rule is null");
    requireNonNull(what, "what is null");
    requireNonNull(allowed, "allowed is null");
  }

  /// Returns what is wrong and what to do instead, without the place.
  public String message() {
    return allowed.isEmpty()
        ? what + " [" + rule.id() + "]: " + rule.advice()
        : what + " [" + rule.id() + "] is allowed: " + allowed;
  }

  @Override
  public String toString() {
    return file + ":" + line + ": " + message();
  }
}
