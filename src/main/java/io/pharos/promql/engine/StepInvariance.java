package io.pharos.promql.engine;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import java.util.IdentityHashMap;

/// Finds expressions with the same value at every step, which are evaluated once: all selectors are
/// fixed by `@`, and no function depends on the evaluation time. As in Prometheus the parameter of
/// an aggregation is ignored: its first value applies.
final class StepInvariance {
  private final IdentityHashMap<Expr, Boolean> known = new IdentityHashMap<>();

  boolean holds(Expr expr) {
    Boolean found = known.get(expr);
    if (found == null) {
      found = judge(expr);
      known.put(expr, found);
    }
    return found;
  }

  private boolean judge(Expr expr) {
    return switch (expr) {
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> true;
      case Expr.VectorSelector selector -> selector.shift().at() != null;
      case Expr.MatrixSelector matrix -> holds(matrix.selector());
      case Expr.Subquery subquery -> subquery.shift().at() != null;
      case Expr.Paren _, Expr.Unary _, Expr.Binary _ -> childrenHold(expr);
      case Expr.Aggregate aggregate -> holds(aggregate.operand());
      // info series are read at the time of a selector, or at the evaluation time
      case Expr.Call call when call.function() == Function.INFO ->
          childrenHold(call) && call.arguments().getFirst().selectors().findAny().isPresent();
      case Expr.Call call -> !call.function().readsTime() && childrenHold(call);
    };
  }

  private boolean childrenHold(Expr expr) {
    return expr.children().stream().allMatch(this::holds);
  }
}
