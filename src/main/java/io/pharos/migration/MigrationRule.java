package io.pharos.migration;

import static io.pharos.migration.MigrationRule.Weight.ERROR;
import static io.pharos.migration.MigrationRule.Weight.EXPAND_ERROR;
import static io.pharos.migration.MigrationRule.Weight.WARNING;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A rule that statements of migrations must not violate. Its advice begins after the statement and
/// the rule's name, so "it" in an advice is the statement or the object that it changes.
public enum MigrationRule {
  DROP(
      EXPAND_ERROR,
      "the previous release may still use it: stop using it in this release, drop it in a contract"
          + " file that is safe from this release"),
  DROP_COLUMN(
      EXPAND_ERROR,
      "the previous release still reads or writes it: stop using it in this release, drop it in a"
          + " contract file that is safe from this release"),
  DROP_DEFAULT(
      EXPAND_ERROR, "the previous release may insert rows without it: drop it in a contract file"),
  DROP_CONSTRAINT(
      WARNING,
      "the previous release may depend on it, as ON CONFLICT depends on a unique constraint"),
  RENAME(
      EXPAND_ERROR,
      "the previous release knows the old name only: add the new one beside it and write both in this"
          + " release, drop the old one in a contract file"),
  ADD_NOT_NULL(
      EXPAND_ERROR,
      "existing rows have no value, and the previous release writes none: add the column with a"
          + " DEFAULT; or add it without NOT NULL, fill it, and set NOT NULL in a contract file"),
  ALTER_TYPE(
      EXPAND_ERROR,
      "the previous release knows the old type, and most changes rewrite the table under a lock: add"
          + " a column of the new type, write both, drop the old one in a contract file"),
  SET_NOT_NULL(
      EXPAND_ERROR,
      "the previous release may write NULL: add CHECK (c IS NOT NULL) NOT VALID in a contract file,"
          + " VALIDATE it in the next, then SET NOT NULL, which no longer reads the rows"),
  ADD_UNIQUE(
      EXPAND_ERROR,
      "it builds an index while writes are blocked: use CREATE UNIQUE INDEX CONCURRENTLY in a"
          + " separate file, then ADD CONSTRAINT … USING INDEX"),
  ADD_CHECK(
      EXPAND_ERROR,
      "it reads all rows while writes are blocked: add it as NOT VALID, and use VALIDATE CONSTRAINT"
          + " in a later file"),
  ADD_FOREIGN_KEY(
      EXPAND_ERROR,
      "it reads all rows while writes to both tables are blocked: add it as NOT VALID, and use VALIDATE"
          + " CONSTRAINT in a later file"),
  TRUNCATE(EXPAND_ERROR, "the previous release still reads these rows: do it in a contract file"),
  REVOKE(
      EXPAND_ERROR, "the previous release may need the permission: revoke it in a contract file"),
  ROW_SECURITY(EXPAND_ERROR, "the previous release would see no rows: do it in a contract file"),
  DYNAMIC(
      EXPAND_ERROR,
      "EXECUTE runs a computed statement, which cannot be checked in advance: write the statements"
          + " out"),
  INDEX_BLOCKS(
      WARNING,
      "writes to the table are blocked until the index is built or dropped: use CONCURRENTLY in a separate"
          + " file with \"-- pharos: no-transaction\""),
  REWRITE(
      WARNING,
      "it may rewrite the whole table while reads are blocked: add the column without a value, then"
          + " fill it in batches"),
  ALL_ROWS(
      WARNING, "it locks every row until the file ends: do it in batches, outside of a migration"),
  TABLE_LOCK(WARNING, "all access to the table waits until the file ends"),
  TRANSACTION(
      ERROR, "the file is one transaction, which Pharos begins and ends: remove the statement"),
  NEEDS_NO_TRANSACTION(
      ERROR,
      "PostgreSQL runs it only outside of a transaction: put it into a separate file, with"
          + " \"-- pharos: no-transaction\" at its top"),
  SESSION(ERROR, "it would also apply to later files: use SET LOCAL"),
  CLIENT(
      ERROR,
      "a server does not run it: it is a command of psql or needs input from psql; use INSERT");

  /// The severity of a rule.
  public enum Weight {
    /// A violation is an error in both phases and cannot be allowed.
    ERROR,
    /// A violation is an error in the expand phase. The contract phase allows it, because removing
    /// things is the purpose of that phase.
    EXPAND_ERROR,
    /// A violation is a warning in both phases.
    WARNING
  }

  private final Weight weight;
  private final String advice;

  MigrationRule(Weight weight, String advice) {
    this.weight = weight;
    this.advice = advice;
  }

  /// Returns the name that messages and `-- pharos: allow` use.
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Returns how severe a violation is.
  public Weight weight() {
    return weight;
  }

  /// Returns why the rule exists and what to do instead.
  public String advice() {
    return advice;
  }

  boolean canBeAllowed() {
    return weight != ERROR;
  }

  /// Returns the ids of all rules.
  public static List<String> ids() {
    return Arrays.stream(values()).map(MigrationRule::id).toList();
  }

  static Optional<MigrationRule> of(String id) {
    return Arrays.stream(values()).filter(rule -> rule.id().equals(id)).findFirst();
  }
}
