package io.pharos.lint.rule;

import io.pharos.lint.LintedRule;

/// Checks rules for one kind of mistake.
@FunctionalInterface
interface RuleCheck {
  /// Checks a rule and reports its problems.
  void check(LintedRule rule, RuleReport report);
}
