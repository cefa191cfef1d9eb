package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.function.FunctionImplementation.Detail;
import io.pharos.storage.SampleWindow;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds selectors of whose histograms an expression needs only count and sum, and removes their
/// buckets.
public final class HistogramStatistics {
  /* Buckets are kept if any enclosing expression uses them. They are also kept in subqueries: a
   * step may skip the sample after a reset, so that buckets must be compared to find the reset
   * (prometheus promql/engine.go, detectHistogramStatsDecoding). */

  private final Set<Expr> selectors = Collections.newSetFromMap(new IdentityHashMap<>());

  public HistogramStatistics(Expr root) {
    walk(root, false);
  }

  private void walk(Expr expr, boolean totalsWillDo) {
    if (expr instanceof Expr.VectorSelector selector && totalsWillDo) {
      selectors.add(selector);
    }
    if (!needsBuckets(expr)) {
      boolean below = totalsWillDo || needsTotals(expr);
      if (comparesBuckets(expr)) {
        below = false;
      }
      for (Expr child : expr.children()) {
        walk(child, below);
      }
    }
  }

  private static boolean needsTotals(Expr expr) {
    return expr instanceof Expr.Call call
        && FunctionTable.of(call.function()).detail() == Detail.TOTALS;
  }

  private static boolean needsBuckets(Expr expr) {
    return expr instanceof Expr.Subquery
        || (expr instanceof Expr.Call call
            && FunctionTable.of(call.function()).detail() == Detail.BUCKETS)
        || (expr instanceof Expr.Binary binary && binary.op().isTrim());
  }

  /// Returns whether an expression compares the histograms of its operands, which must therefore be
  /// complete.
  private static boolean comparesBuckets(Expr expr) {
    return expr instanceof Expr.Binary binary
        && (binary.op() == BinaryOp.EQUAL || binary.op() == BinaryOp.NOT_EQUAL);
  }

  /// Returns how many milliseconds earlier a selector must start to read. A sample exactly at the
  /// edge is read too, because it is compared with the next sample to find a reset.
  public int margin(Expr.VectorSelector selector) {
    return selectors.contains(selector) ? 1 : 0;
  }

  /// Removes unused buckets from the samples of a selector. Finds resets first, which is impossible
  /// without buckets.
  public void reduce(Expr.VectorSelector selector, SampleWindow window) {
    @Nullable Histogram[] histograms = window.histograms();
    if (histograms == null || !selectors.contains(selector)) {
      return;
    }
    Histogram previous = null;
    for (int i = 0; i < window.size(); i++) {
      Histogram histogram = histograms[i];
      if (histogram != null) {
        histograms[i] = histogram.withoutBuckets().withHint(hint(previous, histogram));
        previous = histogram;
      }
    }
  }

  private static ResetHint hint(@Nullable Histogram previous, Histogram histogram) {
    if (histogram.hint() != ResetHint.UNKNOWN || previous == null) {
      return histogram.hint();
    }
    return histogram.isResetSince(previous) ? ResetHint.RESET : ResetHint.NOT_RESET;
  }
}
