package io.pharos.lint;

/// Looks at one rule for one kind of mistake.
interface RuleCheck {
  void check(LintedRule rule, RuleReport report);

  /// Whether it looks at rules about log lines too, which have no tree of PromQL.
  default boolean isForLines() {
    return false;
  }
}
