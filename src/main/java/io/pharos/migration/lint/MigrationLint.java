package io.pharos.migration.lint;

import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationFile.Directives.Allowed;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationRule;
import io.pharos.migration.MigrationRule.Weight;
import io.pharos.migration.sql.SqlScript.SqlStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Checks whether a migration breaks the previous release, which still runs, or blocks other
/// sessions by its locks.
public final class MigrationLint {
  private final MigrationFile file;
  private final List<MigrationFinding> findings = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();

  private MigrationLint(MigrationFile file) {
    this.file = file;
  }

  /// Returns the findings about a file, by line.
  public static List<MigrationFinding> check(MigrationFile file) {
    var lint = new MigrationLint(file);
    lint.run();
    return List.copyOf(lint.findings);
  }

  /// Returns the errors for which files are refused: violations that the file does not allow,
  /// allowed violations in a file without `safe-from`, and `allow` lines whose statement does not
  /// violate the rule. Warnings are not among these violations.
  public static List<Problem> problems(List<MigrationFile> files) {
    var problems = new ArrayList<Problem>();
    for (MigrationFile file : files) {
      var lint = new MigrationLint(file);
      lint.run();
      lint.findings.stream()
          .filter(finding -> finding.isError() && finding.allowed().isEmpty())
          .map(finding -> new Problem(finding.file(), finding.line(), 0, finding.message()))
          .forEach(problems::add);
      problems.addAll(lint.problems);
    }
    return problems;
  }

  private void run() {
    var check = new StatementCheck(file.inTransaction());
    for (SqlStatement statement : file.statements()) {
      List<Allowed> allowed = file.directives().allowed().getOrDefault(statement.line(), List.of());
      var used = new ArrayList<Allowed>();
      for (StatementCheck.Violation violation : check.check(statement)) {
        Optional<Allowed> allowance =
            allowed.stream().filter(entry -> entry.rule() == violation.rule()).findFirst();
        allowance.ifPresent(used::add);
        addFinding(violation, allowance);
      }
      for (Allowed allowance : allowed) {
        if (!used.contains(allowance)) {
          refuse(allowance, "the statement below does not violate " + allowance.rule().id());
        }
      }
    }
  }

  private void refuse(Allowed allowance, String reason) {
    problems.add(new Problem(file.file(), allowance.line(), 0, "allow: " + reason));
  }

  private void addFinding(StatementCheck.Violation violation, Optional<Allowed> allowance) {
    MigrationRule rule = violation.rule();
    if (rule.weight() == Weight.EXPAND_ERROR && file.phase() == MigrationPhase.CONTRACT) {
      return;
    }
    boolean isError = rule.weight() != Weight.WARNING;
    findings.add(
        new MigrationFinding(
            file.file(),
            violation.line(),
            rule,
            isError,
            violation.text(),
            allowance.map(Allowed::reason).orElse("")));
    if (isError && allowance.isPresent() && file.safeFrom().isEmpty()) {
      refuse(
          allowance.get(),
          rule.id()
              + " may break the previous release: expected a line \"-- pharos: safe-from"
              + " VERSION\" at the top, with the oldest release that can run after the migration");
    }
  }

  /// A violation of a rule by a statement of a migration.
  ///
  /// @param line from 1
  /// @param text the part of the statement that violates the rule, such as `DROP COLUMN quota`
  /// @param allowed the reason that the file gives for allowing the violation; empty if the file
  ///   does not allow it
  public record MigrationFinding(
      String file, int line, MigrationRule rule, boolean isError, String text, String allowed) {

    /// Returns what is wrong and what to do instead, without the place.
    public String message() {
      return allowed.isEmpty()
          ? text + " [" + rule.id() + "]: " + rule.advice()
          : text + " [" + rule.id() + "] is allowed: " + allowed;
    }

    @Override
    public String toString() {
      return file + ":" + line + ": " + message();
    }
  }
}
