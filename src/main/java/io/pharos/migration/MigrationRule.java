package io.pharos.migration;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A rule that a statement of a migration must or should not violate.
public enum MigrationRule {
  DROP(
      "drop",
      Weight.EXPAND_ERROR,
      "the previous release may still use it: stop using it in this release, drop it in a contract"
          + " file that is safe from this release"),
  DROP_COLUMN(
      "drop-column",
      Weight.EXPAND_ERROR,
      "the previous release still reads or writes it: stop using it in this release, drop it in a"
          + " contract file that is safe from this release"),
  DROP_DEFAULT(
      "drop-default",
      Weight.EXPAND_ERROR,
      "the previous release may insert rows without it: drop it in a contract file"),
  DROP_CONSTRAINT(
      "drop-constraint",
      Weight.WARNING,
      "the previous release may depend on it, as ON CONFLICT does on a unique one"),
  RENAME(
      "rename",
      Weight.EXPAND_ERROR,
      "the previous release knows the old name only: add the new one beside it and write both in this"
          + " release, drop the old one in a contract file"),
  ADD_NOT_NULL(
      "add-not-null",
      Weight.EXPAND_ERROR,
      "existing rows have no value, and the previous release writes none: add it with a DEFAULT,"
          + " or without NOT NULL, fill it, and set NOT NULL in a contract file"),
  ALTER_TYPE(
      "alter-type",
      Weight.EXPAND_ERROR,
      "the previous release knows the old type, and most changes rewrite the table under a lock: add"
          + " a column of the new type, write both, drop the old one in a contract file"),
  SET_NOT_NULL(
      "set-not-null",
      Weight.EXPAND_ERROR,
      "the previous release may write NULL: add CHECK (c IS NOT NULL) NOT VALID in a contract file,"
          + " VALIDATE it in the next, then SET NOT NULL, which no longer reads the rows"),
  ADD_UNIQUE(
      "add-unique",
      Weight.EXPAND_ERROR,
      "it builds an index while writes are blocked: CREATE UNIQUE INDEX CONCURRENTLY in a separate"
          + " file, then ADD CONSTRAINT … USING INDEX"),
  ADD_CHECK(
      "add-check",
      Weight.EXPAND_ERROR,
      "it reads all rows while writes are blocked: add it NOT VALID, VALIDATE CONSTRAINT in a later"
          + " file"),
  ADD_FOREIGN_KEY(
      "add-foreign-key",
      Weight.EXPAND_ERROR,
      "it reads all rows while writes to both tables are blocked: add it NOT VALID, VALIDATE CONSTRAINT"
          + " in a later file"),
  TRUNCATE(
      "truncate",
      Weight.EXPAND_ERROR,
      "the previous release still reads these rows: do it in a contract file"),
  REVOKE(
      "revoke",
      Weight.EXPAND_ERROR,
      "the previous release may need the permission: revoke it in a contract file"),
  ROW_SECURITY(
      "row-security",
      Weight.EXPAND_ERROR,
      "the previous release would see no rows: do it in a contract file"),
  DYNAMIC(
      "dynamic",
      Weight.EXPAND_ERROR,
      "EXECUTE runs a computed statement, which cannot be checked in advance: write the statements"
          + " out"),
  INDEX_BLOCKS(
      "index-blocks",
      Weight.WARNING,
      "writes to the table are blocked until the index is built or dropped: use CONCURRENTLY in a separate"
          + " file with \"-- pharos: no-transaction\""),
  REWRITE(
      "rewrite",
      Weight.WARNING,
      "it may rewrite the whole table while reads are blocked: add the column without that, fill"
          + " it in batches"),
  ALL_ROWS(
      "all-rows",
      Weight.WARNING,
      "it locks every row until the file ends: do it in batches, outside of a migration"),
  TABLE_LOCK("table-lock", Weight.WARNING, "all access to the table waits until the file ends"),
  TRANSACTION(
      "transaction",
      Weight.ERROR,
      "the file is one transaction, which Pharos begins and ends: remove the statement"),
  NEEDS_NO_TRANSACTION(
      "needs-no-transaction",
      Weight.ERROR,
      "PostgreSQL runs it only outside of a transaction: put it into a separate file, with"
          + " \"-- pharos: no-transaction\" at its top"),
  SESSION("session", Weight.ERROR, "it would also apply to later files: use SET LOCAL"),
  CLIENT(
      "client",
      Weight.ERROR,
      "it is a command of psql or needs input from it, not SQL for a server: use INSERT");

  /// The severity of a rule.
  public enum Weight {
    /// An error in both phases that cannot be allowed.
    ERROR,
    /// An error in expand; in contract it is the purpose of the phase.
    EXPAND_ERROR,
    /// A warning in both phases.
    WARNING
  }

  private final String id;
  private final Weight weight;
  private final String advice;

  MigrationRule(String id, Weight weight, String advice) {
    this.id = id;
    this.weight = weight;
    this.advice = advice;
  }

  /// Returns the name in messages and in `-- pharos: allow`.
  public String id() {
    return id;
  }

  /// Returns how severe a violation is.
  public Weight weight() {
    return weight;
  }

  /// Returns the reason, and what to do instead.
  public String advice() {
    return advice;
  }

  boolean canBeAllowed() {
    return weight != Weight.ERROR;
  }

  /// Returns the ids of all rules.
  public static List<String> ids() {
    return Arrays.stream(values()).map(MigrationRule::id).toList();
  }

  static Optional<MigrationRule> of(String id) {
    return Arrays.stream(values()).filter(rule -> rule.id.equals(id)).findFirst();
  }
}
