package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.FunctionImplementation.Detail;
import io.pharos.storage.SampleWindow;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Knows the selectors of a query of whose histograms only count and sum are asked for, and spares
/// the others the buckets.
final class HistogramStatistics {
  /* The buckets stay where anything on the way up from the selector looks at them, and in
   * subqueries, whose steps may pass over a sample with a reset, so that the buckets must be
   * compared there (prometheus promql/engine.go, detectHistogramStatsDecoding). */

  private final Set<Expr> selectors = Collections.newSetFromMap(new IdentityHashMap<>());

  HistogramStatistics(Expr root) {
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

  /// Whether histograms below an expression must be whole to be compared; what it gives need not
  /// be.
  private static boolean comparesBuckets(Expr expr) {
    return expr instanceof Expr.Binary binary
        && (binary.op() == BinaryOp.EQUAL || binary.op() == BinaryOp.NOT_EQUAL);
  }

  /// How many milliseconds earlier than the samples that a selector chooses its reading must begin,
  /// so that the first of them can be compared with one right at the edge.
  int margin(Expr.VectorSelector selector) {
    return selectors.contains(selector) ? 1 : 0;
  }

  /// Takes the buckets out of what a selector has read, if nobody asks for them. Resets are looked
  /// for first, since nobody can find them afterwards.
  void reduce(Expr.VectorSelector selector, SampleWindow window) {
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
