package io.pharos.promql.engine;

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

/// One running query: its times, its bounds, and what it has used of them. Used by one thread.
final class QueryContext {
  private static final long MIN_ROOM = 1_000_000;

  /// Samples that are looked at between two looks at the time: some milliseconds.
  private static final long CHECK_EVERY = 100_000;

  /// What a sample takes with the arrays that grow by doubling and the copy that answers.
  private static final long BYTES_PER_SAMPLE = 32;

  /// A cell, and half as much again while its array grows.
  private static final long BYTES_PER_CELL = 12;

  /// A row's labels, where they are not the store's, and its place in a map.
  private static final long BYTES_PER_ROW = 320;

  private static final List<String> METADATA = List.of("__type__", "__unit__");

  private final Queryable storage;
  private final EngineOptions options;
  private final String text;
  private final Steps steps;
  private final Cancellation cancellation;
  private final QueryAnnotations remarks;
  private final MemoryReservation memory;
  private final @Nullable EvaluationCache kept;
  private final List<WindowReading> windows = new ArrayList<>(2);
  private final List<String> shared = new ArrayList<>(0);
  private boolean histograms;
  private long held;
  private long besides;
  private long peak;
  private long touched;
  private long nextCheck = CHECK_EVERY;

  QueryContext(
      Queryable storage,
      EngineOptions options,
      String text,
      Steps steps,
      Cancellation cancellation,
      MemoryReservation memory,
      @Nullable EvaluationCache kept) {
    this.storage = storage;
    this.options = options;
    this.text = text;
    this.steps = steps;
    this.cancellation = cancellation;
    this.remarks = new QueryAnnotations(text);
    this.memory = memory;
    this.kept = kept;
  }

  /// What is kept between the queries of whoever asks; null for nothing.
  @Nullable EvaluationCache kept() {
    return kept;
  }

  /// Takes note of how a window was read.
  void read(WindowReading window) {
    if (!windows.contains(window)) {
      windows.add(window);
    }
  }

  /// How windows were read, each once.
  List<WindowReading> windows() {
    return windows;
  }

  /// Takes note of a part that was evaluated for another expression.
  void share(String part) {
    if (!shared.contains(part)) {
      shared.add(part);
    }
  }

  /// The parts that were evaluated for another expression, each once.
  List<String> shared() {
    return shared;
  }

  /// Says whether histograms were read, of which the whole expression says how much is needed.
  void readHistograms(boolean anyRead) {
    histograms = anyRead;
  }

  /// Whether histograms were read.
  boolean hasReadHistograms() {
    return histograms;
  }

  /// What follows from the labels of a node's operand, computed or remembered.
  <T> T ofLabels(Expr node, Columns operand, Class<T> type, Supplier<T> compute) {
    return kept == null ? compute.get() : kept.memo().of(node, operand, type, compute);
  }

  /// As [#ofLabels(Expr, Columns, Class, Supplier)], of two operands.
  <T> T ofLabels(Expr node, Columns left, Columns right, Class<T> type, Supplier<T> compute) {
    return kept == null ? compute.get() : kept.memo().of(node, left, right, type, compute);
  }

  Queryable storage() {
    return storage;
  }

  EngineOptions options() {
    return options;
  }

  QueryAnnotations remarks() {
    return remarks;
  }

  /// The steps of the whole query; a subquery has its own.
  Steps steps() {
    return steps;
  }

  String position(Span span) {
    return span.position(text);
  }

  /// The milliseconds of a duration in this query.
  long millis(DurationExpr duration) {
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

  /// As [#millis], of a range or step that must be longer than zero.
  long positiveMillis(DurationExpr duration) {
    long millis = millis(duration);
    if (millis <= 0) {
      throw new QueryException(
          Kind.BAD_DATA, position(duration.span()) + ": duration must be greater than 0");
    }
    return millis;
  }

  /// The time that a selector under this shift looks at when it is evaluated at `timeMillis`.
  long reference(Shift shift, long timeMillis) {
    long base =
        shift.at() == null
            ? timeMillis
            : shift.at().resolve(steps.startMillis(), steps.endMillis());
    DurationExpr offset = shift.offset();
    return offset == null ? base : base - millis(offset);
  }

  /// The labels without what names and describes the metric.
  static Labels withoutName(Labels labels) {
    return labels.keep(name -> !isMetadata(name));
  }

  static boolean isMetadata(String labelName) {
    return labelName.equals(Labels.METRIC_NAME) || METADATA.contains(labelName);
  }

  /// Whether labels describe the metric besides naming it.
  static boolean isDescribed(Labels labels) {
    for (String name : METADATA) {
      if (labels.has(name)) {
        return true;
      }
    }
    return false;
  }

  /// The labels of a result whose metric name no longer holds: without it, or, where names are
  /// removed at the end, as they are.
  Labels dropName(Labels labels) {
    return options.delayedNameRemoval() ? labels : withoutName(labels);
  }

  /// Counts samples that were looked at, and looks at the time now and then.
  void touch(long samples) {
    touched += samples;
    if (touched >= nextCheck) {
      nextCheck = touched + CHECK_EVERY;
      checkTime();
    }
  }

  /// Goes back to an earlier count of [#touched], where what was looked at is looked at once more.
  void touchedOnly(long before) {
    touched = before;
  }

  long touched() {
    return touched;
  }

  /// Counts samples that are kept in memory from now on.
  ///
  /// @throws QueryException when there are more than a query may hold
  void hold(long samples) {
    held += samples;
    peak = Math.max(peak, held);
    if (held > options.maxSamples()) {
      throw tooManySamples();
    }
    ensure(0);
  }

  /// What is in memory besides samples, in bytes.
  long besides() {
    return besides;
  }

  /// Counts rows that are in memory besides their samples from now on.
  void holdRows(long rows) {
    besides += rows * BYTES_PER_ROW;
    ensure(0);
  }

  /// Counts the values of a scalar that are in memory from now on.
  void holdScalar(long steps) {
    besides += steps * Double.BYTES;
    ensure(0);
  }

  /// Goes back to an earlier count of [#besides].
  void releaseBesides(long before) {
    besides = before;
  }

  /// Counts what is in memory from now on.
  void holdBytes(long bytes) {
    besides += bytes;
    ensure(0);
  }

  /// Counts a window of samples that is in memory for a moment.
  void pass(long samples) {
    ensure(samples * 2 * (Long.BYTES + Double.BYTES));
  }

  private void ensure(long more) {
    try {
      memory.ensure(held * BYTES_PER_SAMPLE + besides + more);
    } catch (OverBudgetException e) {
      throw QueryErrors.over(e);
    }
  }

  /// Refuses more steps than a query may hold samples.
  void requireSteps(long startMillis, long endMillis, long stepMillis) {
    long count = (endMillis - startMillis) / stepMillis;
    if (count >= options.maxSamples()) {
      throw tooManySamples();
    }
    ensure(count * BYTES_PER_CELL);
  }

  /// Refuses more rows than there is room for: gaps take room too, so twice as many cells as
  /// samples may be held.
  void requireRoom(long rows, int steps) {
    if (rows * steps > Math.max(MIN_ROOM, 2L * options.maxSamples())) {
      throw tooManySamples();
    }
    ensure(rows * (steps * BYTES_PER_CELL + BYTES_PER_ROW));
  }

  /// Takes room for rows that are expected, where there is enough for it.
  ///
  /// @return how many there is room for now: all, or none
  int room(int rows, int steps) {
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
        "query processing would load too many samples into memory in query execution, expected"
            + " at most "
            + options.maxSamples());
  }

  /// The most that was held at once.
  long peak() {
    return peak;
  }

  long held() {
    return held;
  }

  /// Goes back to an earlier count of [#held].
  void release(long heldBefore) {
    held = heldBefore;
  }

  /// Ends the query when its time is over or nobody wants it any more.
  void checkTime() {
    cancellation.check();
  }
}
