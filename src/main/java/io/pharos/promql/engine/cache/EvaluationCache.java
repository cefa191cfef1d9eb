package io.pharos.promql.engine.cache;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.engine.function.FunctionImplementation;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.LabelCache;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.StableRows;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.WindowReading;
import io.pharos.storage.SeriesSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/// Caches state for one caller, which evaluates the same expressions repeatedly at increasing
/// times. Not thread-safe.
public final class EvaluationCache {
  private final WindowCacheMemory memory;
  private final LabelCache labels = new LabelCache();
  private final Map<IncrementalWindow.Key, IncrementalWindow> windows = new HashMap<>();
  private final IdentityHashMap<Expr.Call, IncrementalWindow> windowsByCall =
      new IdentityHashMap<>();
  private final IdentityHashMap<Expr.Call, WindowReading> readings = new IdentityHashMap<>();
  private final IdentityHashMap<Expr.VectorSelector, Instant> instants = new IdentityHashMap<>();
  private final SharedValues shared;

  /// The rows of an instant selector.
  ///
  /// @param generation generation of the selection from which the rows were created
  private record Instant(long generation, StableRows rows) {}

  /// Creates an empty cache.
  ///
  /// @param memory memory limit
  /// @param parts common subexpressions of the caller's expressions
  public EvaluationCache(WindowCacheMemory memory, SharedParts parts) {
    this.memory = memory;
    this.shared = new SharedValues(parts, memory);
  }

  /// Returns the cache for the values of common subexpressions.
  public SharedValues shared() {
    return shared;
  }

  /// Returns the cache of values derived from labels.
  public LabelCache labels() {
    return labels;
  }

  /// Evaluates a call at the time of the query with the help of cached state. Returns empty if the
  /// call or its current window cannot be cached.
  public Optional<Columns> call(
      QueryContext context,
      Expr.Call call,
      FunctionImplementation.OfWindows function,
      Steps steps) {
    String obstacle = obstacle(context, call, steps);
    Optional<Columns> columns = Optional.empty();
    if (obstacle.isEmpty()) {
      IncrementalWindow window = window(context, call);
      columns =
          window.columns(
              context,
              requireNonNull(
                  IncrementalFunction.of(call.function()), "the function has no incremental form"),
              function.ofFloats(),
              function.has(FunctionImplementation.Trait.KEEPS_NAME),
              steps.startMillis());
      obstacle = columns.isPresent() ? "" : window.obstacle();
    }
    recordReading(context, call, obstacle);
    return columns;
  }

  private static String obstacle(QueryContext context, Expr.Call call, Steps steps) {
    if (steps.count() != 1
        || steps.isRange()
        || steps.startMillis() != context.steps().startMillis()) {
      return WindowPlan.IN_SUBQUERY;
    }
    if (context.options().startTimestamps()) {
      return "start timestamps are used";
    }
    return WindowPlan.obstacle(call);
  }

  private IncrementalWindow window(QueryContext context, Expr.Call call) {
    IncrementalWindow cached = windowsByCall.get(call);
    if (cached != null) {
      return cached;
    }
    var matrix = (Expr.MatrixSelector) call.arguments().getFirst().unwrapped();
    Expr.VectorSelector selector = matrix.selector();
    var key =
        new IncrementalWindow.Key(
            selector.matchers(),
            context.positiveMillis(matrix.range()),
            -context.reference(selector.shift(), 0),
            requireNonNull(
                    IncrementalFunction.of(call.function()), "the function has no incremental form")
                .aspect());
    IncrementalWindow window =
        windows.computeIfAbsent(key, newKey -> new IncrementalWindow(newKey, memory));
    windowsByCall.put(call, window);
    return window;
  }

  private void recordReading(QueryContext context, Expr.Call call, String obstacle) {
    WindowReading cached = readings.get(call);
    if (cached == null || !cached.whole().equals(obstacle)) {
      cached = new WindowReading(Printer.print(call), obstacle);
      readings.put(call, cached);
    }
    context.read(cached);
  }

  /// Returns the rows for the series of an instant selector. If the series are the same as in the
  /// previous query, returns the same rows.
  public StableRows rows(QueryContext context, Expr.VectorSelector selector, SeriesSet set) {
    Instant cached = instants.get(selector);
    if (cached != null && cached.generation == set.generation()) {
      return cached.rows;
    }
    StableRows rows = StableRows.of(set, context);
    instants.put(selector, new Instant(set.generation(), rows));
    return rows;
  }

  /// Releases all memory.
  public void forget() {
    windows.values().forEach(IncrementalWindow::forget);
    windows.clear();
    windowsByCall.clear();
    readings.clear();
    instants.clear();
    shared.forget();
  }
}
