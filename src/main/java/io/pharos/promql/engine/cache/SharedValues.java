package io.pharos.promql.engine.cache;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.value.WindowReading;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Values of [SharedParts] at one time, each evaluated on first use. Not thread-safe.
///
/// Values are shared during a round, which is one evaluation of all expressions. A value is not
/// shared in three cases: its evaluation produced annotations, which contain positions in one
/// expression; it depends on histograms, whose buckets are read only if the enclosing expression
/// needs them; or memory is exhausted.
public final class SharedValues {
  /// The round number outside rounds: no values are shared.
  public static final long NONE = 0;

  private static final int BYTES_PER_VALUE = 300;

  private static final int BYTES_PER_ROW = 48;

  private final SharedParts parts;
  private final WindowCacheMemory memory;
  private final Map<SharedParts.Part, CachedValue> values = new HashMap<>();
  private long round = NONE;
  private long timeMillis;

  /// A value that was computed in this round.
  ///
  /// @param windows how the range windows of its expression were read
  /// @param bytes reserved memory
  private record CachedValue(Columns columns, List<WindowReading> windows, long bytes) {}

  SharedValues(SharedParts parts, WindowCacheMemory memory) {
    this.parts = parts;
    this.memory = memory;
  }

  /// Starts the round with this number and discards the values of the previous round. Does nothing
  /// if this round has already started.
  ///
  /// @param number number of the round, or [#NONE] to end the current round
  public void round(long number) {
    if (number != round) {
      forget();
      round = number;
    }
  }

  /// Returns the value of a node at the time of the query. Computes the value if it is not cached.
  public Columns of(QueryContext context, Expr node, Steps steps, Supplier<Columns> compute) {
    SharedParts.Part part = round == NONE ? null : parts.of(node);
    if (part == null || !isOfTheQuery(steps, context)) {
      return compute.get();
    }
    if (steps.startMillis() != timeMillis) {
      forget();
      timeMillis = steps.startMillis();
    }
    CachedValue cached = values.get(part);
    if (cached != null) {
      cached.windows.forEach(context::read);
      context.share(part.text());
      return cached.columns;
    }
    int annotationsBefore = context.remarks().added();
    List<WindowReading> windowsBefore = List.copyOf(context.windows());
    boolean histogramsBefore = context.hasReadHistograms();
    context.readHistograms(false);
    Columns columns = compute.get();
    boolean histograms = context.hasReadHistograms();
    context.readHistograms(histograms || histogramsBefore);
    if (!histograms && !columns.hasHistograms() && context.remarks().added() == annotationsBefore) {
      List<WindowReading> windows =
          context.windows().stream().filter(window -> !windowsBefore.contains(window)).toList();
      keep(part, columns, windows);
    }
    return columns;
  }

  private static boolean isOfTheQuery(Steps steps, QueryContext context) {
    return steps.count() == 1
        && !steps.isRange()
        && steps.startMillis() == context.steps().startMillis();
  }

  private void keep(SharedParts.Part part, Columns columns, List<WindowReading> windows) {
    long needed = BYTES_PER_VALUE + (long) columns.rows() * BYTES_PER_ROW;
    if (memory.reserve(needed)) {
      values.put(part, new CachedValue(columns, windows, needed));
    }
  }

  /// Discards the values that may depend on any of these metrics, whose series were written.
  public void wrote(Set<String> metrics) {
    values
        .entrySet()
        .removeIf(
            entry -> {
              boolean mayRead = metrics.stream().anyMatch(entry.getKey()::mayRead);
              if (mayRead) {
                memory.release(entry.getValue().bytes);
              }
              return mayRead;
            });
  }

  /// Releases all memory.
  void forget() {
    values.values().forEach(value -> memory.release(value.bytes));
    values.clear();
  }
}
