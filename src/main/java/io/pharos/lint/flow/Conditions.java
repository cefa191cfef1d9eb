package io.pharos.lint.flow;

import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import java.util.List;

/// Decides whether an expression has a condition: a part that leaves the result empty while there
/// is no problem.
public final class Conditions {
  private static final int MAX_DEPTH = 8;

  private final RuleIndex index;

  /// @param index the recording rules whose series an expression may select
  public Conditions(RuleIndex index) {
    this.index = index;
  }

  /// Returns whether an expression has a condition.
  public boolean has(Expr expr) {
    return has(expr, 0);
  }

  private boolean has(Expr expr, int depth) {
    return switch (expr) {
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> false;
      case Expr.VectorSelector selector -> selector(selector, depth);
      case Expr.MatrixSelector _, Expr.Subquery _, Expr.Paren _, Expr.Unary _, Expr.Aggregate _ ->
          any(expr, depth);
      case Expr.Call call -> call.function().isOfAbsence() || any(call, depth);
      case Expr.Binary binary -> binary(binary, depth);
    };
  }

  private boolean any(Expr expr, int depth) {
    return expr.children().stream().anyMatch(child -> has(child, depth));
  }

  /* A selector is a condition if its series exist only sometimes. ALERTS exists only while
   * alerts are pending or firing; a recorded series exists only while its rule returns it. */
  private boolean selector(Expr.VectorSelector selector, int depth) {
    List<LintedRule> recordings = index.recordings(selector);
    return RuleIndex.isAlertState(RuleIndex.metric(selector))
        || (!recordings.isEmpty()
            && depth < MAX_DEPTH
            && recordings.stream().allMatch(rule -> has(rule.expr(), depth + 1)));
  }

  private boolean binary(Expr.Binary binary, int depth) {
    if (binary.op() == BinaryOp.UNLESS || (binary.op().isComparison() && !binary.returnBool())) {
      return true;
    }
    boolean left = has(binary.left(), depth);
    boolean right = has(binary.right(), depth);
    return binary.op() == BinaryOp.OR ? left && right : left || right;
  }
}
