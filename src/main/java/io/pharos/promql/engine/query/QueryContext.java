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

/// The state of a running query: its times, its limits, and its use of memory. Confined to one
/// thread.
public final class QueryContext {
  /// Number of cells that every query may have.
  private static final long MIN_CELLS = 1_000_000;

  /// Number of samples between two checks of the deadline. They are read in some milliseconds.
  private static final long CHECK_EVERY = 100_000;

  /// Memory per sample in bytes, including spare capacity of arrays and the copy for the result.
  private static final long BYTES_PER_SAMPLE = 32;

  /// Memory per cell in bytes, including spare capacity of its array.
  private static final long BYTES_PER_CELL = 12;

  /// Memory per row in bytes: a map entry, and labels that may not be shared with the store.
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
  private long otherBytes;
  private long peak;
  private long samplesRead;
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

  /// Records how a range window was read.
  public void read(WindowReading window) {
    if (!windows.contains(window)) {
      windows.add(window);
    }
  }

  /// Returns how the range windows were read, without duplicates.
  public List<WindowReading> windows() {
    return windows;
  }

  /// Records that the value of a subexpression was not computed, because another expression had
  /// already computed it.
  ///
  /// @param part canonical form of the subexpression
  public void share(String part) {
    if (!shared.contains(part)) {
      shared.add(part);
    }
  }

  /// Returns the recorded subexpressions whose values were not computed, without duplicates.
  public List<String> shared() {
    return shared;
  }

  /// Sets whether histograms were read. A value that depends on histograms is not shared, because
  /// the enclosing expression determines whether their buckets are read.
  public void readHistograms(boolean anyRead) {
    histograms = anyRead;
  }

  /// Returns whether histograms were read.
  public boolean hasReadHistograms() {
    return histograms;
  }

  /// Returns a value that is derived from the labels of a node's operand. Computes the value if it
  /// is not cached.
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

  /// Returns the time at which a selector with this shift reads when the query's evaluation time is
  /// `timeMillis`.
  public long reference(Shift shift, long timeMillis) {
    long base =
        shift.at() == null
            ? timeMillis
            : shift.at().resolve(steps.startMillis(), steps.endMillis());
    DurationExpr offset = shift.offset();
    return offset == null ? base : base - millis(offset);
  }

  /// Returns labels without the metric's name, type and unit.
  public static Labels withoutName(Labels labels) {
    return labels.keep(name -> !isMetadata(name));
  }

  /// Returns whether a label contains the metric's name, type or unit.
  public static boolean isMetadata(String labelName) {
    return labelName.equals(Labels.METRIC_NAME) || METADATA.contains(labelName);
  }

  /// Returns whether labels contain the metric's type or unit.
  public static boolean isDescribed(Labels labels) {
    for (String name : METADATA) {
      if (labels.has(name)) {
        return true;
      }
    }
    return false;
  }

  /// Returns the labels of a result that drops its metric name: labels without the name, or the
  /// unchanged labels if names are removed at the end of the evaluation.
  public Labels dropName(Labels labels) {
    return options.delayedNameRemoval() ? labels : withoutName(labels);
  }

  /// Adds to the number of samples read, and regularly checks the deadline.
  public void addSamplesRead(long samples) {
    samplesRead += samples;
    if (samplesRead >= nextCheck) {
      nextCheck = samplesRead + CHECK_EVERY;
      checkTime();
    }
  }

  /// Resets [#samplesRead] to an earlier number, because the samples since then are read again.
  public void resetSamplesRead(long earlierNumber) {
    samplesRead = earlierNumber;
  }

  /// Returns the number of samples read.
  public long samplesRead() {
    return samplesRead;
  }

  /// Adds to the number of samples in memory.
  ///
  /// @throws QueryException if a query may not have so many samples in memory
  public void hold(long samples) {
    held += samples;
    peak = Math.max(peak, held);
    if (held > options.maxSamples()) {
      throw tooManySamples();
    }
    ensure(0);
  }

  /// Returns the memory for everything except samples, in bytes.
  public long otherBytes() {
    return otherBytes;
  }

  /// Adds the memory of rows, without their samples.
  public void holdRows(long rows) {
    otherBytes += rows * BYTES_PER_ROW;
    ensure(0);
  }

  /// Adds the memory of a scalar, which has one value per step.
  public void holdScalar(long steps) {
    otherBytes += steps * Double.BYTES;
    ensure(0);
  }

  /// Resets [#otherBytes] to an earlier number of bytes.
  public void releaseOtherBytes(long earlierBytes) {
    otherBytes = earlierBytes;
  }

  /// Adds bytes to the memory of the query.
  public void holdBytes(long bytes) {
    otherBytes += bytes;
    ensure(0);
  }

  /// Ensures that there is memory for samples that are needed only for a short time. Does not add
  /// these samples to [#held].
  public void requireTemporary(long samples) {
    ensure(samples * 2 * (Long.BYTES + Double.BYTES));
  }

  private void ensure(long additionalBytes) {
    try {
      memory.ensure(held * BYTES_PER_SAMPLE + otherBytes + additionalBytes);
    } catch (OverBudgetException e) {
      throw QueryErrors.over(e);
    }
  }

  /// Refuses a query with more steps than a query may have samples in memory.
  public void requireSteps(long startMillis, long endMillis, long stepMillis) {
    long count = (endMillis - startMillis) / stepMillis;
    if (count >= options.maxSamples()) {
      throw tooManySamples();
    }
    ensure(count * BYTES_PER_CELL);
  }

  /// Refuses rows with too many cells. Allows twice as many cells as samples, because not every
  /// cell has a sample.
  public void requireRows(long rows, int steps) {
    if (rows * steps > Math.max(MIN_CELLS, 2L * options.maxSamples())) {
      throw tooManySamples();
    }
    ensure(rows * (steps * BYTES_PER_CELL + BYTES_PER_ROW));
  }

  /// Reserves memory for all expected rows, if there is enough.
  ///
  /// @param rows number of expected rows
  /// @return `rows`, or 0 if no memory was reserved
  public int reserveRows(int rows, int steps) {
    boolean isAllowed = (long) rows * steps <= Math.max(MIN_CELLS, options.maxSamples());
    return isAllowed && memory.tryEnsure(weight(rows, steps)) ? rows : 0;
  }

  private long weight(long rows, int steps) {
    return held * BYTES_PER_SAMPLE
        + otherBytes
        + rows * ((long) steps * BYTES_PER_CELL + BYTES_PER_ROW);
  }

  private QueryException tooManySamples() {
    return QueryErrors.execution(
        "query processing would load too many samples into memory in query execution, expected at most %s"
            .formatted(options.maxSamples()));
  }

  /// Returns the maximum number of samples that were in memory at once.
  public long peak() {
    return peak;
  }

  /// Returns the number of samples in memory.
  public long held() {
    return held;
  }

  /// Resets [#held] to an earlier number.
  public void release(long earlierHeld) {
    held = earlierHeld;
  }

  /// Throws an exception if the query's deadline has passed or the query was cancelled.
  public void checkTime() {
    cancellation.check();
  }
}
