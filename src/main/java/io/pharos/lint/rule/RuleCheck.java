package io.pharos.lint.rule;

import io.pharos.lint.LintedRule;

/// Checks one rule for one kind of mistake.
@FunctionalInterface
interface RuleCheck {
  /// Reports problems of a rule.
  void check(LintedRule rule, RuleReport report);
}
