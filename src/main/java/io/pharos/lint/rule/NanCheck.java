package io.pharos.lint.rule;

import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.flow.ValueFlow;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import java.util.EnumSet;
import java.util.Set;

/// Checks for possible divisions by zero inside an aggregation, where one NaN makes the result NaN.
final class NanCheck implements RuleCheck {
  private static final Set<AggregateOp> AFFECTED =
      EnumSet.of(AggregateOp.SUM, AggregateOp.AVG, AggregateOp.STDDEV, AggregateOp.STDVAR);

  private final ValueFlow values;

  NanCheck(ValueFlow values) {
    this.values = values;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    rule.expr()
        .all(Expr.Aggregate.class)
        .filter(aggregate -> AFFECTED.contains(aggregate.op()))
        .forEach(aggregate -> checkInside(aggregate.operand(), aggregate.op(), report));
  }

  private void checkInside(Expr expr, AggregateOp op, RuleReport report) {
    switch (expr) {
      case Expr.Paren paren -> checkInside(paren.inner(), op, report);
      case Expr.Unary unary -> checkInside(unary.operand(), op, report);
      case Expr.Binary binary -> {
        boolean divides = binary.op() == BinaryOp.DIVIDE || binary.op() == BinaryOp.MODULO;
        if (divides && mayBeZero(binary.right())) {
          report.warn(
              LintCheck.PROMQL_NAN,
              "%s may divide by 0, and one NaN or Inf makes the whole %s NaN or Inf; divide by (%s > 0)"
                  .formatted(
                      RuleReport.shown(binary),
                      op.symbol(),
                      RuleReport.shown(binary.right().unwrapped())));
        } else if (!binary.op().isComparison()) {
          checkInside(binary.left(), op, report);
          checkInside(binary.right(), op, report);
        }
      }
      case Expr.Call call ->
          call.arguments().forEach(argument -> checkInside(argument, op, report));
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Aggregate _ -> {}
    }
  }

  private boolean mayBeZero(Expr divisor) {
    boolean excluded =
        divisor.unwrapped() instanceof Expr.Binary binary
            && binary.op() == BinaryOp.NOT_EQUAL
            && values.comparison(binary).stream().anyMatch(condition -> condition.number() == 0);
    return !excluded && values.of(divisor).contains(0);
  }
}
