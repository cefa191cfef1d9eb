package io.pharos.lint.rule;

import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.rules.RuleExpression;
import io.pharos.rules.RuleSpec;

/// Checks for LogQL alerts that always fire.
final class LogRuleCheck implements RuleCheck {
  @Override
  public boolean isForLines() {
    return true;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert
        && alert.expression() instanceof RuleExpression.OfLines lines
        && !lines.query().isCondition()) {
      report.expression(
          LintCheck.ALERTS_COMPARISON,
          FindingSeverity.WARNING,
                      "the expression has no condition: the alert fires for every series, whatever its value;"
                          + " add a comparison");
    }
  }
}
