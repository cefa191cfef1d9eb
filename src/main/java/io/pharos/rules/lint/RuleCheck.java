package io.pharos.rules.lint;

/// Looks at one rule for one kind of mistake.
interface RuleCheck {
  void check(LintedRule rule, Report report);
}
