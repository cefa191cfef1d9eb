package io.pharos.promql.engine;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import io.pharos.storage.SeriesSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is kept between the evaluations of one asker, who asks the same expressions at one time
/// after the other. Not thread-safe.
final class Kept {
  private final KeptBytes bytes;
  private final LabelMemo memo = new LabelMemo();
  private final Map<KeptWindow.Key, KeptWindow> windows = new HashMap<>();
  private final IdentityHashMap<Expr.Call, KeptWindow> ofCalls = new IdentityHashMap<>();
  private final IdentityHashMap<Expr.VectorSelector, Instant> instants = new IdentityHashMap<>();

  /// The series of an instant selector.
  private record Instant(long generation, SteadyRows rows) {}

  Kept(KeptBytes bytes) {
    this.bytes = bytes;
  }

  LabelMemo memo() {
    return memo;
  }

  /// What a call gives at the time of the query, from what is kept; empty where the call, or its
  /// window now, is none of those that can be kept.
  Optional<Columns> call(
      QueryContext context, Expr.Call call, Implementation.OfWindows function, Steps steps) {
    if (steps.count() != 1
        || steps.isRange()
        || steps.startMillis() != context.steps().startMillis()
        || context.options().startTimestamps()) {
      return Optional.empty();
    }
    KeptFunction kept = KeptFunction.of(call.function());
    if (kept == null
        || !(call.arguments().getFirst().unwrapped() instanceof Expr.MatrixSelector matrix)
        || !fits(matrix)) {
      return Optional.empty();
    }
    KeptWindow window = ofCalls.get(call);
    if (window == null) {
      Expr.VectorSelector selector = matrix.selector();
      var key =
          new KeptWindow.Key(
              selector.matchers(),
              context.positiveMillis(matrix.range()),
              -context.reference(selector.shift(), 0),
              kept.aspect());
      window = windows.computeIfAbsent(key, it -> new KeptWindow(it, bytes));
      ofCalls.put(call, window);
    }
    return window.columns(
        context,
        kept,
        function.ofFloats(),
        function.has(Implementation.Trait.KEEPS_NAME),
        steps.startMillis());
  }

  private static boolean fits(Expr.MatrixSelector matrix) {
    Shift shift = matrix.selector().shift();
    return matrix.selector().edges() == Expr.Edges.PLAIN
        && matrix.range().isLiteral()
        && shift.at() == null
        && (shift.offset() == null || shift.offset().isLiteral());
  }

  /// The rows of an instant selector over a selection.
  SteadyRows rows(QueryContext context, Expr.VectorSelector selector, SeriesSet set) {
    Instant known = instants.get(selector);
    if (known != null && known.generation == set.generation()) {
      return known.rows;
    }
    SteadyRows rows = SteadyRows.of(set, context);
    instants.put(selector, new Instant(set.generation(), rows));
    return rows;
  }

  /// The kept window of a call that has one.
  @Nullable KeptWindow window(Expr.Call call) {
    return ofCalls.get(call);
  }

  /// Gives back all memory.
  void forget() {
    windows.values().forEach(KeptWindow::forget);
    windows.clear();
    ofCalls.clear();
    instants.clear();
  }
}
