package io.pharos.lint;

import io.pharos.model.PromDuration;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.rules.RuleSpec;
import java.time.Duration;
import java.util.Optional;

/// Alerts that fire always, that fire at every restart, and waits that change nothing.
final class AlertCheck implements RuleCheck {
  private final Conditions conditions;
  private final Optional<ScrapeJobs> jobs;

  AlertCheck(Conditions conditions, Optional<ScrapeJobs> jobs) {
    this.conditions = conditions;
    this.jobs = jobs;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert) {
      comparison(rule.expr().unwrapped(), report);
      jobs.ifPresent(known -> absent(rule, alert, known, report));
      useless("for", alert.holdFor(), rule, report);
      useless("keep_firing_for", alert.keepFiringFor(), rule, report);
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
    report.expression(
        LintCheck.ALERTS_COMPARISON,
        FindingSeverity.WARNING,
        bool
            ? "the comparison has bool, so it gives 0 where it does not hold, and 0 fires too"
            : "the expression has no condition: the alert fires for every series, whatever its"
                + " value");
  }

  private static void absent(
      LintedRule rule, RuleSpec.Alerting alert, ScrapeJobs jobs, RuleReport report) {
    rule.expr().stream()
        .filter(Expr.Call.class::isInstance)
        .map(Expr.Call.class::cast)
        .filter(call -> call.function() == Function.ABSENT)
        .forEach(
            call -> {
              Duration least =
                  call.selectors()
                      .map(jobs::interval)
                      .max(Duration::compareTo)
                      .orElse(Duration.ZERO)
                      .multipliedBy(2);
              if (alert.holdFor().compareTo(least) < 0) {
                report.expression(
                    LintCheck.ALERTS_ABSENT,
                    FindingSeverity.WARNING,
                    "absent() is true after a start until the first scrape: it needs a for of %s"
                            .formatted(PromDuration.format(least.toMillis()))
                        + " or more, two scrapes");
              }
            });
  }

  private void useless(String key, Duration wait, LintedRule rule, RuleReport report) {
    if (!rule.lines().containsKey(key)) {
      return;
    }
    if (wait.isZero()) {
      report.at(
          key,
          LintCheck.ALERTS_FOR,
          FindingSeverity.INFO,
          key + " is 0, as it is without; leave it out");
    } else if (jobs.isPresent()
        && key.equals("for")
        && wait.compareTo(rule.interval()) < 0) { // without a configuration it is not known
      report.at(
          key,
          LintCheck.ALERTS_FOR,
          FindingSeverity.INFO,
          "for is shorter than the interval of the group, %s: the alert fires with its second evaluation"
              .formatted(PromDuration.format(rule.interval().toMillis())));
    }
  }
}
