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

/// Finds selectors whose histograms are only used for count and sum, and skips their buckets.
public final class HistogramStatistics {
  /* Buckets are kept if any enclosing expression uses them, and in subqueries, whose steps may
   * skip a sample with a reset, so that buckets must be compared there (prometheus
   * promql/engine.go, detectHistogramStatsDecoding). */

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

  /// Whether an expression needs complete histograms as input in order to compare them.
  private static boolean comparesBuckets(Expr expr) {
    return expr instanceof Expr.Binary binary
        && (binary.op() == BinaryOp.EQUAL || binary.op() == BinaryOp.NOT_EQUAL);
  }

  /// Returns how many milliseconds earlier a selector must start to read, so that its first sample
  /// can be compared with one exactly at the edge.
  public int margin(Expr.VectorSelector selector) {
    return selectors.contains(selector) ? 1 : 0;
  }

  /// Removes unused buckets from the samples of a selector. Detects resets first, because they
  /// cannot be detected afterwards.
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
