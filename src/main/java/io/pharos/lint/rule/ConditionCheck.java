package io.pharos.lint.rule;

import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.flow.Conditions;
import io.pharos.lint.flow.Share;
import io.pharos.lint.flow.ValueFlow;
import io.pharos.lint.flow.ValueRange;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.rules.RuleSpec;
import java.util.Optional;

/// Checks for comparisons that never hold, and in alerts for comparisons that always hold.
final class ConditionCheck implements RuleCheck {
  private final ValueFlow values;
  private final Conditions conditions;

  ConditionCheck(ValueFlow values, Conditions conditions) {
    this.values = values;
    this.conditions = conditions;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    boolean alerting = rule.spec() instanceof RuleSpec.Alerting;
    rule.expr()
        .all(Expr.Binary.class)
        .forEach(
            binary -> {
              values
                  .comparison(binary)
                  .ifPresent(condition -> comparison(binary, condition, alerting, report));
              contradiction(binary, report);
            });
  }

  private void comparison(
      Expr.Binary binary, ValueFlow.Condition condition, boolean alerting, RuleReport report) {
    ValueRange before = values.of(condition.operand());
    ValueRange after = before.where(condition.op(), condition.number());
    if (before.isEmpty()) {
      return; // already reported for the operand
    }
    String range = RuleReport.shown(condition.operand()) + " is " + before;
    boolean between =
        condition.op() == BinaryOp.EQUAL
            && condition.number() % 1 != 0
            && ValueFlow.isSwitch(condition.operand());
    if (after.isEmpty() || between) {
      report.expression(
          LintCheck.PROMQL_IMPOSSIBLE,
          FindingSeverity.ERROR,
          "%s never holds: %s%s".formatted(RuleReport.shown(binary), range, hint(condition)));
      return;
    }
    if (alerting && after.low() >= 1 && isErrorShare(condition.operand())) {
      report.warn(
          LintCheck.PROMQL_IMPOSSIBLE,
          "%s: a share of errors is hardly ever above 1; write 0.05 for 5 %%"
              .formatted(RuleReport.shown(binary)));
      return;
    }
    boolean alwaysHolds =
        condition.op() == BinaryOp.NOT_EQUAL
            ? !before.contains(condition.number())
            : after.equals(before);
    if (alerting
        && alwaysHolds
        && !before.equals(ValueRange.ANY)
        && !conditions.has(condition.operand())) {
      report.warn(
          LintCheck.ALERTS_COMPARISON,
          "%s always holds: %s".formatted(RuleReport.shown(binary), range));
    }
  }

  private static boolean isErrorShare(Expr operand) {
    return operand.unwrapped() instanceof Expr.Binary ratio
        && ratio.op() == BinaryOp.DIVIDE
        && Share.isOfErrors(ratio.left(), ratio.right());
  }

  private static String hint(ValueFlow.Condition condition) {
    return condition.operand().unwrapped() instanceof Expr.Aggregate aggregate
            && aggregate.op() == AggregateOp.COUNT
        ? "; count() of no series is empty; use absent()"
        : "";
  }

  /* Reports conditions that exclude each other, such as x > 5 and x < 3. */
  private void contradiction(Expr.Binary binary, RuleReport report) {
    VectorMatching matching = binary.matching();
    if (binary.op() != BinaryOp.AND
        || matching == null
        || matching.on()
        || !matching.labels().isEmpty()) {
      return;
    }
    Optional<ValueFlow.Condition> left = condition(binary.left());
    Optional<ValueFlow.Condition> right = condition(binary.right());
    if (left.isPresent()
        && right.isPresent()
        && left.get().operand().withoutSpans().equals(right.get().operand().withoutSpans())) {
      ValueRange range =
          values
              .of(left.get().operand())
              .where(left.get().op(), left.get().number())
              .where(right.get().op(), right.get().number());
      if (range.isEmpty()) {
        report.expression(
            LintCheck.PROMQL_IMPOSSIBLE,
            FindingSeverity.ERROR,
            RuleReport.shown(binary) + " never holds: the two conditions exclude each other");
      }
    }
  }

  private Optional<ValueFlow.Condition> condition(Expr expr) {
    return expr.unwrapped() instanceof Expr.Binary binary
        ? values.comparison(binary)
        : Optional.empty();
  }
}
