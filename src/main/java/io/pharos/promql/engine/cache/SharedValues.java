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
/// A value is not shared in three cases: its evaluation produced annotations, which contain
/// positions in one expression; it depends on histograms, which are read completely or not
/// depending on the enclosing expression; or memory is exhausted.
public final class SharedValues {
  /// Number for “no round”: no values are shared.
  public static final long NONE = 0;

  private static final int BYTES_PER_VALUE = 300;

  private static final int BYTES_PER_ROW = 48;

  private final SharedParts parts;
  private final WindowCacheMemory bytes;
  private final Map<SharedParts.Part, Known> values = new HashMap<>();
  private long round = NONE;
  private long timeMillis;

  /// A value that was computed in this round.
  ///
  /// @param windows how the range windows in it were read
  /// @param bytes reserved memory
  private record Known(Columns columns, List<WindowReading> windows, long bytes) {}

  SharedValues(SharedParts parts, WindowCacheMemory bytes) {
    this.parts = parts;
    this.bytes = bytes;
  }

  /// Starts the round with this number and discards the values of the previous round. Without
  /// effect if the round has already started.
  ///
  /// @param number [#NONE] to end sharing
  public void round(long number) {
    if (number != round) {
      forget();
      round = number;
    }
  }

  /// Returns the value of a node at the time of the query: the cached value, or else a computed
  /// one.
  public Columns of(QueryContext context, Expr node, Steps steps, Supplier<Columns> compute) {
    SharedParts.Part part = round == NONE ? null : parts.of(node);
    if (part == null || !isOfTheQuery(steps, context)) {
      return compute.get();
    }
    if (steps.startMillis() != timeMillis) {
      forget();
      timeMillis = steps.startMillis();
    }
    Known known = values.get(part);
    if (known != null) {
      known.windows.forEach(context::read);
      context.share(part.text());
      return known.columns;
    }
    int remarks = context.remarks().made();
    List<WindowReading> before = List.copyOf(context.windows());
    boolean histogramsBefore = context.hasReadHistograms();
    context.readHistograms(false);
    Columns columns = compute.get();
    boolean histograms = context.hasReadHistograms();
    context.readHistograms(histograms || histogramsBefore);
    if (!histograms && !columns.hasHistograms() && context.remarks().made() == remarks) {
      List<WindowReading> windows =
          context.windows().stream().filter(one -> !before.contains(one)).toList();
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
    long taken = BYTES_PER_VALUE + (long) columns.rows() * BYTES_PER_ROW;
    if (bytes.reserve(taken)) {
      values.put(part, new Known(columns, windows, taken));
    }
  }

  /// Discards the values that may depend on any of these metrics, whose series were written.
  public void wrote(Set<String> metrics) {
    values
        .entrySet()
        .removeIf(
            one -> {
              boolean gone = metrics.stream().anyMatch(one.getKey()::mayRead);
              if (gone) {
                bytes.release(one.getValue().bytes);
              }
              return gone;
            });
  }

  /// Releases all memory.
  void forget() {
    values.values().forEach(one -> bytes.release(one.bytes));
    values.clear();
  }
}
