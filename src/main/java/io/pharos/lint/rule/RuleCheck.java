package io.pharos.lint.rule;

import io.pharos.lint.LintedRule;

/// Checks one rule for one kind of mistake.
interface RuleCheck {
  /// Reports problems of a rule.
  void check(LintedRule rule, RuleReport report);

  /// Whether it also checks LogQL rules, which have no PromQL expression.
  default boolean isForLines() {
    return false;
  }
}
