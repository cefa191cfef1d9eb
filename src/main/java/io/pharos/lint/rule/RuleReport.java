package io.pharos.lint.rule;

import io.pharos.lint.Finding;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/// Collects the findings about one rule, without duplicates.
final class RuleReport {
  private static final int MAX_SHOWN_CHARS = 60;
  private static final int MAX_LISTED = 8;

  private final LintedRule rule;
  private final Set<Finding> findings = new LinkedHashSet<>();

  RuleReport(LintedRule rule) {
    this.rule = rule;
  }

  /// Adds a finding about the expression.
  void expression(LintCheck check, FindingSeverity severity, String message) {
    at("expr", check, severity, message);
  }

  /// Adds a warning about the expression.
  void warn(LintCheck check, String message) {
    expression(check, FindingSeverity.WARNING, message);
  }

  /// Adds a warning about a key of the rule.
  void warnAt(String key, LintCheck check, String message) {
    at(key, check, FindingSeverity.WARNING, message);
  }

  /// Adds a finding about a key of the rule.
  void at(String key, LintCheck check, FindingSeverity severity, String message) {
    findings.add(new Finding(rule.file(), rule.lineOf(key), severity, check, message));
  }

  Set<Finding> findings() {
    return findings;
  }

  /// Returns the values, sorted and separated by commas. Of many values, only the first are
  /// returned, followed by `…`.
  static String listed(Collection<String> values) {
    return values.stream()
        .sorted()
        .limit(MAX_LISTED)
        .collect(Collectors.joining(", ", "", values.size() > MAX_LISTED ? ", …" : ""));
  }

  /// Returns the canonical form of an expression, truncated if it is long.
  static String shown(Expr expr) {
    String text = Printer.print(expr);
    return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS - 1) + "…";
  }
}
