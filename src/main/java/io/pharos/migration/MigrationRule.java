package io.pharos.migration;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What a statement of a migration may not do, or had better not.
public enum MigrationRule {
  DROP(
      "drop",
      Weight.EXPAND_ERROR,
      "the release before may still use it: stop using it in this release, drop it in a contract"
          + " file that is safe from it"),
  DROP_COLUMN(
      "drop-column",
      Weight.EXPAND_ERROR,
      "the release before still reads or writes it: stop using it in this release, drop it in a"
          + " contract file that is safe from it"),
  DROP_DEFAULT(
      "drop-default",
      Weight.EXPAND_ERROR,
      "the release before may insert rows without it: drop it in a contract file"),
  DROP_CONSTRAINT(
      "drop-constraint",
      Weight.WARNING,
      "the release before may rest on it, as ON CONFLICT does on a unique one"),
  RENAME(
      "rename",
      Weight.EXPAND_ERROR,
      "the release before knows the old name only: add the new one beside it and write both in this"
          + " release, drop the old one in a contract file"),
  ADD_NOT_NULL(
      "add-not-null",
      Weight.EXPAND_ERROR,
      "rows that are there have no value, and the release before writes none: add it with a DEFAULT,"
          + " or without NOT NULL, fill it, and demand it in a contract file"),
  ALTER_TYPE(
      "alter-type",
      Weight.EXPAND_ERROR,
      "the release before knows the old type, and most changes write the table anew under a lock: add"
          + " a column of the new type, write both, drop the old one in a contract file"),
  SET_NOT_NULL(
      "set-not-null",
      Weight.EXPAND_ERROR,
      "the release before may write NULL: add CHECK (c IS NOT NULL) NOT VALID in a contract file,"
          + " VALIDATE it in the next, then SET NOT NULL, which reads no row any more"),
  ADD_UNIQUE(
      "add-unique",
      Weight.EXPAND_ERROR,
      "it builds an index while nobody can write: CREATE UNIQUE INDEX CONCURRENTLY in a file of its"
          + " own, then ADD CONSTRAINT … USING INDEX"),
  ADD_CHECK(
      "add-check",
      Weight.EXPAND_ERROR,
      "it reads all rows while nobody can write: add it NOT VALID, VALIDATE CONSTRAINT in a later"
          + " file"),
  ADD_FOREIGN_KEY(
      "add-foreign-key",
      Weight.EXPAND_ERROR,
      "it reads all rows while nobody can write to either table: add it NOT VALID, VALIDATE CONSTRAINT"
          + " in a later file"),
  TRUNCATE(
      "truncate",
      Weight.EXPAND_ERROR,
      "the release before still reads these rows: do it in a contract file"),
  REVOKE(
      "revoke",
      Weight.EXPAND_ERROR,
      "the release before may need the permission: revoke it in a contract file"),
  ROW_SECURITY(
      "row-security",
      Weight.EXPAND_ERROR,
      "the release before would see no rows: do it in a contract file"),
  DYNAMIC(
      "dynamic",
      Weight.EXPAND_ERROR,
      "what EXECUTE runs is made while it runs, so nobody can judge it before: write the statements"
          + " out"),
  INDEX_BLOCKS(
      "index-blocks",
      Weight.WARNING,
      "nobody can write to the table until the index is built or gone: CONCURRENTLY, in a file of its"
          + " own with \"-- pharos: no-transaction\""),
  REWRITE(
      "rewrite",
      Weight.WARNING,
      "it may write the whole table anew while nobody can read it: add the column without that, fill"
          + " it in batches"),
  ALL_ROWS(
      "all-rows",
      Weight.WARNING,
      "it locks every row until the file is through: do it in batches, outside of a migration"),
  TABLE_LOCK(
      "table-lock", Weight.WARNING, "whoever needs the table waits until the file is through"),
  TRANSACTION(
      "transaction",
      Weight.ERROR,
      "the file is one transaction, which Pharos begins and ends: leave it out"),
  NEEDS_NO_TRANSACTION(
      "needs-no-transaction",
      Weight.ERROR,
      "PostgreSQL runs it outside of a transaction only: put it into a file of its own, with"
          + " \"-- pharos: no-transaction\" at its top"),
  SESSION("session", Weight.ERROR, "it would hold for the files behind this one too: SET LOCAL"),
  CLIENT(
      "client",
      Weight.ERROR,
      "it is a command of psql or needs rows from it, not SQL that a server runs: write INSERT");

  /// How much a rule weighs.
  enum Weight {
    /// An error in either phase, which nothing allows.
    ERROR,
    /// An error in expand; in contract it is what the phase is for.
    EXPAND_ERROR,
    /// A warning in either phase.
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

  /// The name in messages and in `-- pharos: allow`.
  public String id() {
    return id;
  }

  Weight weight() {
    return weight;
  }

  /// Why, and how it is done instead.
  public String advice() {
    return advice;
  }

  boolean canBeAllowed() {
    return weight != Weight.ERROR;
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(MigrationRule::id).toList();
  }

  static Optional<MigrationRule> of(String id) {
    return Arrays.stream(values()).filter(rule -> rule.id.equals(id)).findFirst();
  }
}
