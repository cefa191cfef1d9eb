package io.pharos.promql.engine.cache;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.value.WindowReading;
import java.util.ArrayList;
import java.util.List;

/// Determines from an expression alone which of its windows can keep state between evaluations
/// ([IncrementalWindow]). The data in the store may still prevent a window from keeping state.
public final class WindowPlan {
  static final String IN_SUBQUERY = "it is evaluated at the steps of a subquery";

  private WindowPlan() {}

  /// Returns the windows of an expression, in source order, with the reason if a window can't keep
  /// state.
  public static List<WindowReading> of(Expr expression) {
    var found = new ArrayList<WindowReading>();
    walk(expression, false, found);
    return List.copyOf(found);
  }

  private static void walk(Expr expr, boolean inSubquery, List<WindowReading> found) {
    if (expr instanceof Expr.Call call
        && call.arguments().stream().anyMatch(one -> one.type() == ValueType.MATRIX)) {
      found.add(new WindowReading(Printer.print(call), inSubquery ? IN_SUBQUERY : obstacle(call)));
    }
    for (Expr child : expr.children()) {
      walk(child, inSubquery || expr instanceof Expr.Subquery, found);
    }
  }

  /// Returns why the window of a call can't keep state; empty if it can.
  static String obstacle(Expr.Call call) {
    if (IncrementalFunction.of(call.function()) == null) {
      return "the function must read all samples";
    }
    if (!(call.arguments().getFirst().unwrapped() instanceof Expr.MatrixSelector matrix)) {
      return "it is the window of a subquery";
    }
    Expr.VectorSelector selector = matrix.selector();
    if (selector.edges() != Expr.Edges.PLAIN) {
      return "its edges are anchored or smoothed";
    }
    if (selector.shift().at() != null) {
      return "@ fixes its time";
    }
    boolean literal =
        matrix.range().isLiteral()
            && (selector.shift().offset() == null || selector.shift().offset().isLiteral());
    return literal ? "" : "its length or its offset is computed";
  }
}
