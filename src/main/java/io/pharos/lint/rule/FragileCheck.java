package io.pharos.lint.rule;

import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.ScrapeJobs;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.RuleSpec;
import java.util.Collections;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks for alerts that start and end although nothing changed: alerts on a selection such as
/// topk(), and ratios of different jobs, because not all jobs are scraped yet after a start.
final class FragileCheck implements RuleCheck {
  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert) {
      selections(rule.expr(), report);
      if (alert.holdFor().isZero()) {
        rule.expr().all(Expr.Binary.class).forEach(binary -> ratio(binary, report));
      }
    }
  }

  /* Finds selections in the part of the expression from which the alerts get their labels. */
  private static void selections(Expr expr, RuleReport report) {
    switch (expr) {
      case Expr.Aggregate aggregate -> {
        if (aggregate.op().keepsSeries()) {
          report.warn(
              LintCheck.PROMQL_FRAGILE,
              "%s() selects different series over time, and each series is another alert; use a threshold"
                  .formatted(aggregate.op().symbol()));
        }
      }
      case Expr.Binary binary -> {
        selections(binary.left(), report);
        if (binary.op() != BinaryOp.AND && binary.op() != BinaryOp.UNLESS) {
          selections(binary.right(), report);
        }
      }
      case Expr.Paren _, Expr.Unary _, Expr.Call _, Expr.Subquery _ ->
          expr.children().forEach(child -> selections(child, report));
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _ -> {}
    }
  }

  private static void ratio(Expr.Binary binary, RuleReport report) {
    if (binary.op().kind() != BinaryOp.Kind.ARITHMETIC
        || !(binary.left().unwrapped() instanceof Expr.Aggregate left)
        || !(binary.right().unwrapped() instanceof Expr.Aggregate right)) {
      return;
    }
    Set<String> leftJobs = jobs(left);
    Set<String> rightJobs = jobs(right);
    if (!leftJobs.isEmpty() && !rightJobs.isEmpty() && Collections.disjoint(leftJobs, rightJobs)) {
      report.warn(
          LintCheck.PROMQL_FRAGILE,
          "%s combines targets of different jobs, and after a start not all are scraped yet; set 'for'"
                  .formatted(RuleReport.shown(binary))
              + " to two scrape intervals");
    }
  }

  private static Set<String> jobs(Expr expr) {
    return expr.selectors()
        .flatMap(selector -> ScrapeJobs.job(selector).stream())
        .collect(Collectors.toSet());
  }
}
