package io.pharos.lint.rule;

import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.ScrapeJobs;
import io.pharos.lint.flow.Conditions;
import io.pharos.model.PromDuration;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.rules.RuleExpression;
import io.pharos.rules.RuleSpec;
import java.time.Duration;
import java.util.Optional;

/// Checks for alerts that always fire, alerts on absent() that fire at every restart, and values of
/// `for` and `keep_firing_for` without effect.
final class AlertCheck implements RuleCheck {
  private static final String NO_CONDITION =
      "the expression has no condition: the alert fires for every series, whatever its value; add a"
          + " comparison";

  private final Conditions conditions;
  private final Optional<ScrapeJobs> jobs;

  AlertCheck(Conditions conditions, Optional<ScrapeJobs> jobs) {
    this.conditions = conditions;
    this.jobs = jobs;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (!(rule.spec() instanceof RuleSpec.Alerting alert)) {
      return;
    }
    if (alert.expression() instanceof RuleExpression.OfLines lines) {
      if (!lines.query().isCondition()) {
        report.warn(LintCheck.ALERTS_COMPARISON, NO_CONDITION);
      }
    } else {
      comparison(rule.expr().unwrapped(), report);
      jobs.ifPresent(scrapeJobs -> absent(rule, alert, scrapeJobs, report));
      checkUseless("for", alert.holdFor(), rule, report);
      checkUseless("keep_firing_for", alert.keepFiringFor(), rule, report);
    }
  }

  private void comparison(Expr expr, RuleReport report) {
    boolean heartbeat =
        expr instanceof Expr.Call call
            && call.function() == Function.VECTOR_OF
            && call.arguments().getFirst().unwrapped() instanceof Expr.NumberLiteral;
    if (heartbeat || conditions.has(expr)) {
      return;
    }
    boolean bool = expr instanceof Expr.Binary binary && binary.returnBool();
    report.warn(
        LintCheck.ALERTS_COMPARISON,
        bool
            ? "the comparison has bool, so it returns 0 if it does not hold, and 0 fires too; remove bool"
            : NO_CONDITION);
  }

  private static void absent(
      LintedRule rule, RuleSpec.Alerting alert, ScrapeJobs jobs, RuleReport report) {
    rule.expr()
        .all(Expr.Call.class)
        .filter(call -> call.function() == Function.ABSENT)
        .forEach(
            call -> {
              Duration minHold =
                  call.selectors()
                      .map(jobs::interval)
                      .max(Duration::compareTo)
                      .orElse(Duration.ZERO)
                      .multipliedBy(2);
              if (alert.holdFor().compareTo(minHold) < 0) {
                report.warn(
                    LintCheck.ALERTS_ABSENT,
                    "after a start, absent() is true until the first scrape; set 'for' to %s or more (two"
                            .formatted(PromDuration.format(minHold.toMillis()))
                        + " scrapes)");
              }
            });
  }

  private void checkUseless(String key, Duration wait, LintedRule rule, RuleReport report) {
    if (!rule.lines().containsKey(key)) {
      return;
    }
    if (wait.isZero()) {
      report.at(
          key,
          LintCheck.ALERTS_FOR,
          FindingSeverity.INFO,
          "'" + key + "' is 0, which is the default; remove it");
    } else if (jobs.isPresent()
        && key.equals("for")
        && wait.compareTo(rule.interval()) < 0) { // the interval is known only with a configuration
      report.at(
          key,
          LintCheck.ALERTS_FOR,
          FindingSeverity.INFO,
          "'for' is shorter than the group's interval of %s: the alert fires at its second evaluation"
              .formatted(PromDuration.format(rule.interval().toMillis())));
    }
  }
}
