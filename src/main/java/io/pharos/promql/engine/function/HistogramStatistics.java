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

/// Finds the selectors from whose histograms an expression uses only count and sum, and removes the
/// buckets of these histograms.
public final class HistogramStatistics {
  /* Buckets are kept if any enclosing expression uses them. They are also kept in subqueries: a
   * step may skip the sample after a reset, so that buckets must be compared to find the reset
   * (prometheus promql/engine.go, detectHistogramStatsDecoding). */

  private final Set<Expr> selectors = Collections.newSetFromMap(new IdentityHashMap<>());

  public HistogramStatistics(Expr root) {
    walk(root, false);
  }

  private void walk(Expr expr, boolean totalsSuffice) {
    if (expr instanceof Expr.VectorSelector selector && totalsSuffice) {
      selectors.add(selector);
    }
    if (!needsBuckets(expr)) {
      boolean totalsSufficeBelow = totalsSuffice || needsTotals(expr);
      if (comparesBuckets(expr)) {
        totalsSufficeBelow = false;
      }
      for (Expr child : expr.children()) {
        walk(child, totalsSufficeBelow);
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

  /// Returns whether an expression compares the histograms of its operands. They must then be read
  /// with their buckets.
  private static boolean comparesBuckets(Expr expr) {
    return expr instanceof Expr.Binary binary
        && (binary.op() == BinaryOp.EQUAL || binary.op() == BinaryOp.NOT_EQUAL);
  }

  /// Returns how many milliseconds before its range a selector must start to read. If buckets are
  /// removed, the sample exactly at the start is read too, to find a reset at the next sample.
  public int margin(Expr.VectorSelector selector) {
    return selectors.contains(selector) ? 1 : 0;
  }

  /// Removes unused buckets from the samples of a selector. First sets the reset hints, because
  /// resets can't be found without buckets.
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
