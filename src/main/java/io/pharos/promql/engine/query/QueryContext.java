package io.pharos.promql.engine.query;

import io.pharos.limits.heap.MemoryReservation;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.Cancellation;
import io.pharos.model.Labels;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.ast.Span;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.WindowReading;
import io.pharos.storage.Queryable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A running query: its times, its limits, and its usage. Confined to one thread.
public final class QueryContext {
  private static final long MIN_ROOM = 1_000_000;

  /// Number of samples between checks of the deadline: some milliseconds.
  private static final long CHECK_EVERY = 100_000;

  /// Memory per sample, including growth of arrays and the copy for the result.
  private static final long BYTES_PER_SAMPLE = 32;

  /// Memory per cell, including growth of its array.
  private static final long BYTES_PER_CELL = 12;

  /// Memory per row: labels, if they are not the store's, and a map entry.
  private static final long BYTES_PER_ROW = 320;

  private static final List<String> METADATA = List.of("__type__", "__unit__");

  private final Queryable storage;
  private final EngineOptions options;
  private final String text;
  private final Steps steps;
  private final Cancellation cancellation;
  private final QueryAnnotations remarks;
  private final MemoryReservation memory;
  private final @Nullable LabelCache derived;
  private final List<WindowReading> windows = new ArrayList<>(2);
  private final List<String> shared = new ArrayList<>(0);
  private boolean histograms;
  private long held;
  private long besides;
  private long peak;
  private long touched;
  private long nextCheck = CHECK_EVERY;

  public QueryContext(
      Queryable storage,
      EngineOptions options,
      String text,
      Steps steps,
      Cancellation cancellation,
      MemoryReservation memory,
      @Nullable LabelCache derived) {
    this.storage = storage;
    this.options = options;
    this.text = text;
    this.steps = steps;
    this.cancellation = cancellation;
    this.remarks = new QueryAnnotations(text);
    this.memory = memory;
    this.derived = derived;
  }

  /// Records how a window was read.
  public void read(WindowReading window) {
    if (!windows.contains(window)) {
      windows.add(window);
    }
  }

  /// Returns how windows were read, without duplicates.
  public List<WindowReading> windows() {
    return windows;
  }

  /// Records a subexpression whose value was shared.
  public void share(String part) {
    if (!shared.contains(part)) {
      shared.add(part);
    }
  }

  /// Returns the subexpressions whose values were shared, without duplicates.
  public List<String> shared() {
    return shared;
  }

  /// Records whether histograms were read; how much of them is needed depends on the whole
  /// expression.
  public void readHistograms(boolean anyRead) {
    histograms = anyRead;
  }

  /// Returns whether histograms were read.
  public boolean hasReadHistograms() {
    return histograms;
  }

  /// Returns a cached or new value derived from the labels of a node's operand.
  public <T> T ofLabels(Expr node, Columns operand, Class<T> type, Supplier<T> compute) {
    return derived == null ? compute.get() : derived.of(node, operand, type, compute);
  }

  /// Returns the store.
  public Queryable storage() {
    return storage;
  }

  /// Returns the options of the query.
  public EngineOptions options() {
    return options;
  }

  /// Returns the annotations so far.
  public QueryAnnotations remarks() {
    return remarks;
  }

  /// Returns the steps of the whole query; subqueries have their own.
  public Steps steps() {
    return steps;
  }

  String position(Span span) {
    return span.position(text);
  }

  /// Evaluates a duration in milliseconds.
  public long millis(DurationExpr duration) {
    try {
      double range = (steps.endMillis() - steps.startMillis()) / 1000.0;
      double seconds = duration.seconds(steps.stepMillis() / 1000.0, range);
      return duration.isLiteral()
          ? Math.round(Math.abs(seconds) * 1e9) / 1_000_000 * (seconds < 0 ? -1 : 1)
          : (long) (seconds * 1000);
    } catch (ArithmeticException e) {
      throw new QueryException(Kind.BAD_DATA, position(duration.span()) + ": " + e.getMessage(), e);
    }
  }

  /// Evaluates a range or step in milliseconds, which must be positive.
  public long positiveMillis(DurationExpr duration) {
    long millis = millis(duration);
    if (millis <= 0) {
      throw new QueryException(
          Kind.BAD_DATA, position(duration.span()) + ": duration must be greater than 0");
    }
    return millis;
  }

  /// Returns the time at which a shifted selector reads when it is evaluated at `timeMillis`.
  public long reference(Shift shift, long timeMillis) {
    long base =
        shift.at() == null
            ? timeMillis
            : shift.at().resolve(steps.startMillis(), steps.endMillis());
    DurationExpr offset = shift.offset();
    return offset == null ? base : base - millis(offset);
  }

  /// Returns labels without those that name and describe the metric.
  public static Labels withoutName(Labels labels) {
    return labels.keep(name -> !isMetadata(name));
  }

  /// Whether a label names or describes the metric.
  public static boolean isMetadata(String labelName) {
    return labelName.equals(Labels.METRIC_NAME) || METADATA.contains(labelName);
  }

  /// Whether labels describe the metric beyond its name.
  public static boolean isDescribed(Labels labels) {
    for (String name : METADATA) {
      if (labels.has(name)) {
        return true;
      }
    }
    return false;
  }

  /// Returns the labels of a result that loses its metric name: without it, or unchanged if names
  /// are removed at the end.
  public Labels dropName(Labels labels) {
    return options.delayedNameRemoval() ? labels : withoutName(labels);
  }

  /// Counts samples that were read, and sometimes checks the deadline.
  public void touch(long samples) {
    touched += samples;
    if (touched >= nextCheck) {
      nextCheck = touched + CHECK_EVERY;
      checkTime();
    }
  }

  /// Resets [#touched] to an earlier count, before samples are read again.
  public void touchedOnly(long before) {
    touched = before;
  }

  /// Number of samples read.
  public long touched() {
    return touched;
  }

  /// Counts samples that are held in memory from now on.
  ///
  /// @throws QueryException if a query may not hold that many
  public void hold(long samples) {
    held += samples;
    peak = Math.max(peak, held);
    if (held > options.maxSamples()) {
      throw tooManySamples();
    }
    ensure(0);
  }

  /// Memory other than samples, in bytes.
  public long besides() {
    return besides;
  }

  /// Counts rows held in memory, without their samples.
  public void holdRows(long rows) {
    besides += rows * BYTES_PER_ROW;
    ensure(0);
  }

  /// Counts scalar values held in memory.
  public void holdScalar(long steps) {
    besides += steps * Double.BYTES;
    ensure(0);
  }

  /// Resets [#besides] to an earlier count.
  public void releaseBesides(long before) {
    besides = before;
  }

  /// Counts bytes held in memory.
  public void holdBytes(long bytes) {
    besides += bytes;
    ensure(0);
  }

  /// Counts samples that are held only temporarily.
  public void pass(long samples) {
    ensure(samples * 2 * (Long.BYTES + Double.BYTES));
  }

  private void ensure(long more) {
    try {
      memory.ensure(held * BYTES_PER_SAMPLE + besides + more);
    } catch (OverBudgetException e) {
      throw QueryErrors.over(e);
    }
  }

  /// Rejects more steps than a query may hold samples.
  public void requireSteps(long startMillis, long endMillis, long stepMillis) {
    long count = (endMillis - startMillis) / stepMillis;
    if (count >= options.maxSamples()) {
      throw tooManySamples();
    }
    ensure(count * BYTES_PER_CELL);
  }

  /// Rejects rows that exceed the limit. Absent cells take memory too, so twice as many cells as
  /// samples are allowed.
  public void requireRoom(long rows, int steps) {
    if (rows * steps > Math.max(MIN_ROOM, 2L * options.maxSamples())) {
      throw tooManySamples();
    }
    ensure(rows * (steps * BYTES_PER_CELL + BYTES_PER_ROW));
  }

  /// Reserves capacity for expected rows if there is enough memory.
  ///
  /// @return the reserved number of rows: all or none
  public int room(int rows, int steps) {
    boolean most = (long) rows * steps <= Math.max(MIN_ROOM, options.maxSamples());
    return most && memory.tryEnsure(weight(rows, steps)) ? rows : 0;
  }

  private long weight(long rows, int steps) {
    return held * BYTES_PER_SAMPLE
        + besides
        + rows * ((long) steps * BYTES_PER_CELL + BYTES_PER_ROW);
  }

  private QueryException tooManySamples() {
    return QueryErrors.execution(
        "query processing would load too many samples into memory in query execution, expected at most %s"
            .formatted(options.maxSamples()));
  }

  /// Maximum number of samples held at once.
  public long peak() {
    return peak;
  }

  /// Number of samples held in memory.
  public long held() {
    return held;
  }

  /// Resets [#held] to an earlier count.
  public void release(long heldBefore) {
    held = heldBefore;
  }

  /// Ends the query if its deadline has passed or it was cancelled.
  public void checkTime() {
    cancellation.check();
  }
}
