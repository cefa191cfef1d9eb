package io.pharos.promql.engine.cache;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.model.LabelMatcher;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.cache.IncrementalFunction.Aspect;
import io.pharos.promql.engine.function.Extrapolation;
import io.pharos.promql.engine.function.FunctionImplementation;
import io.pharos.promql.engine.function.Window;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.StableRows;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A window that moves forward over series, such as the window of `rate(x[5m])` at increasing
/// times. Each evaluation reads only the samples that entered or left the window. The state of each
/// series consists of the positions after its first and last sample, the number of its samples, and
/// the state that [Aspect] names.
///
/// Results are bit for bit the same as if all samples were read. The state can represent neither a
/// staleness marker nor more than [SeriesStates.Resets#MAX_RESETS] counter resets. A series with
/// such samples is read completely until these samples have left the window. Not thread-safe.
final class IncrementalWindow {
  private static final String HISTOGRAMS = "a series has native histograms";

  /// The properties that identify a window.
  ///
  /// @param offsetMillis how far the window is shifted into the past
  /// @param aspect state that the function of the window needs
  record Key(List<LabelMatcher> matchers, long rangeMillis, long offsetMillis, Aspect aspect) {}

  private final Key key;
  private final boolean countsResets;
  private final boolean countsChanges;
  private final boolean keepsNewestTwo;
  private final WindowSegments.@Nullable Kind kind;
  private final WindowCacheMemory memory;
  private final Map<Boolean, StableRows> rowsByKeepsName = new HashMap<>(2);
  private final SampleWindow buffer = new SampleWindow();
  private final Window whole = new Window();

  private long generation = Long.MIN_VALUE;
  private long revision;
  private SeriesStates series;
  private long evaluatedMillis = Long.MIN_VALUE;
  private long stateBytes;
  private long segmentBytes;
  private long samplesRead;
  private String obstacle = "";

  IncrementalWindow(Key key, WindowCacheMemory memory) {
    this.key = key;
    this.memory = memory;
    this.countsResets = key.aspect == Aspect.RESETS;
    this.countsChanges = key.aspect == Aspect.CHANGES;
    this.keepsNewestTwo = key.aspect == Aspect.NEWEST_TWO;
    this.kind = key.aspect.segments();
    this.series = new SeriesStates(0, key.aspect);
  }

  /// Evaluates a function at one time. Returns empty if all samples must be read instead: the store
  /// cannot continue from saved positions, the previous evaluation was at a later time, a series
  /// has histograms, two results would have the same labels, or memory is exhausted.
  ///
  /// @param ofFloats implementation of the function, for series that are read completely
  /// @param keepsName whether the result keeps the metric name
  Optional<Columns> columns(
      QueryContext context,
      IncrementalFunction function,
      FunctionImplementation.WindowFunction ofFloats,
      boolean keepsName,
      long timeMillis) {
    if (timeMillis < evaluatedMillis) {
      return refuse("the previous evaluation was at a later time");
    }
    long to = timeMillis - key.offsetMillis;
    long from = to - key.rangeMillis;
    SeriesSet set = context.storage().select(key.matchers, from + 1, to);
    Optional<SampleCursor> cursor = set.cursor();
    if (cursor.isEmpty()) {
      return refuse("the store can't continue from saved positions");
    }
    if (!adoptSeries(set)) {
      return refuse("there is no memory for its state (--" + MemoryBound.WINDOWS.flag() + ")");
    }
    StableRows rows =
        rowsByKeepsName.computeIfAbsent(
            keepsName, keep -> new StableRows(series.labels, !keep, context));
    if (!rows.areDistinct()) {
      return refuse("some of its series differ only in their metric names");
    }
    evaluatedMillis = timeMillis;
    double[] values = new double[series.labels.length];
    samplesRead = 0;
    for (int row = 0; row < values.length; row++) {
      if (!move(cursor.get(), row, from, to)) {
        return refuse(HISTOGRAMS);
      }
      if (series.states[row] == SeriesStates.WHOLE
          || (series.states[row] == SeriesStates.VALID
              && kind != null
              && !combine(cursor.get(), row, from))) {
        if (!readWhole(set, row, from, to)) {
          return refuse(HISTOGRAMS);
        }
        values[row] = whole.size() == 0 ? Columns.ABSENT : ofFloats.apply(whole);
      } else {
        values[row] =
            series.states[row] == SeriesStates.VALID
                ? value(function, row, from, to)
                : Columns.ABSENT;
      }
    }
    context.addSamplesRead(samplesRead);
    return Optional.of(rows.columns(values));
  }

  private Optional<Columns> refuse(String reason) {
    obstacle = reason;
    return Optional.empty();
  }

  /// Returns why the last result of [#columns] was empty.
  String obstacle() {
    return obstacle;
  }

  /// Discards all state and releases its memory.
  void forget() {
    memory.release(stateBytes + segmentBytes);
    stateBytes = 0;
    segmentBytes = 0;
    generation = Long.MIN_VALUE;
    series = new SeriesStates(0, key.aspect);
    rowsByKeepsName.clear();
  }

  /// Replaces the series by the series of a selection. A series that was selected before keeps its
  /// state.
  ///
  /// @return false if memory is exhausted
  private boolean adoptSeries(SeriesSet set) {
    if (set.revision() != revision) {
      Arrays.fill(series.states, SeriesStates.EMPTY);
      revision = set.revision();
    }
    if (set.generation() == generation) {
      return true;
    }
    long newStateBytes = SeriesStates.bytes(set.size(), key.aspect);
    if (!memory.reserve(newStateBytes - stateBytes)) {
      forget();
      return false;
    }
    stateBytes = newStateBytes;
    series = new SeriesStates(set, key.aspect, series);
    long newSegmentBytes = series.bytesOfSegments();
    memory.release(segmentBytes - newSegmentBytes);
    segmentBytes = newSegmentBytes;
    generation = set.generation();
    rowsByKeepsName.clear();
    return true;
  }

  /// Moves the window of one series to the range from `from`, exclusive, to `to`.
  ///
  /// @return false if a histogram was found
  private boolean move(SampleCursor cursor, int row, long from, long to) {
    if (series.states[row] == SeriesStates.WHOLE) {
      if (series.wholeUntil[row] > from) {
        return true;
      }
      series.states[row] = SeriesStates.EMPTY;
    }
    boolean isValid = series.states[row] == SeriesStates.VALID;
    /* The state is invalid until the end of this method, which may fail. */
    series.states[row] = SeriesStates.EMPTY;
    if (isValid && series.last.timestamp(row) <= from) {
      // all samples have left the window
      isValid = false;
    }
    if (isValid) {
      cursor.resume(row, series.last, row);
    } else {
      series.counts[row] = 0;
      clearSamples(row);
      cursor.seek(row, from + 1);
    }
    if (cursor.isUnordered()) {
      series.states[row] = SeriesStates.WHOLE;
      series.wholeUntil[row] = from + 1;
      clearSamples(row);
      return true;
    }
    while (cursor.next() && cursor.timestamp() <= to) {
      samplesRead++;
      if (!add(cursor, row)) {
        series.states[row] = SeriesStates.WHOLE;
        series.wholeUntil[row] = cursor.timestamp();
        clearSamples(row);
        return true;
      }
    }
    if (cursor.isBlocked()) {
      return false;
    }
    if (isValid && series.first.timestamp(row) <= from && !remove(cursor, row, from)) {
      // the store no longer has some of the samples: read the window again, from an empty state
      return move(cursor, row, from, to);
    }
    series.states[row] = series.counts[row] == 0 ? SeriesStates.EMPTY : SeriesStates.VALID;
    if (series.counts[row] == 0) {
      clearSamples(row);
    }
    return true;
  }

  private void clearSamples(int row) {
    series.first.clear(row);
    series.last.clear(row);
    if (countsResets) {
      series.resets[row] = null;
    }
    if (kind != null) {
      WindowSegments removed = series.segments[row];
      series.segments[row] = null;
      reserveForSegments(removed == null ? 0 : -removed.bytes());
    }
  }

  private boolean reserveForSegments(long added) {
    if (added != 0 && !memory.reserve(added)) {
      return false;
    }
    segmentBytes += added;
    return true;
  }

  /// Adds the sample at the cursor.
  ///
  /// @return false if the state cannot include the sample, so that the series must be read
  ///   completely
  private boolean add(SampleCursor cursor, int row) {
    double value = cursor.value();
    if (StaleMarker.is(value)) {
      return false;
    }
    if (series.counts[row] == 0) {
      cursor.save(series.first, row);
      if (countsChanges) {
        series.changes[row] = 0;
      }
    } else {
      double previous = series.last.value(row);
      if (countsResets && value < previous) {
        SeriesStates.Resets resets = series.resets[row];
        if (resets == null) {
          resets = new SeriesStates.Resets();
          series.resets[row] = resets;
        }
        if (resets.isFull()) {
          return false;
        }
        resets.add(previous);
      } else if (countsChanges && isChange(previous, value)) {
        series.changes[row]++;
      } else if (keepsNewestTwo) {
        series.beforeTimes[row] = series.last.timestamp(row);
        series.beforeValues[row] = previous;
      }
    }
    cursor.save(series.last, row);
    series.counts[row]++;
    return kind == null || addToSegments(row, kind, value);
  }

  private boolean addToSegments(int row, WindowSegments.Kind segmentKind, double value) {
    WindowSegments segments = series.segments[row];
    if (segments == null) {
      segments = new WindowSegments(segmentKind);
      if (!reserveForSegments(segments.bytes())) {
        return false;
      }
      series.segments[row] = segments;
    }
    long bytesBefore = segments.bytes();
    segments.add(value);
    if (reserveForSegments(segments.bytes() - bytesBefore)) {
      return true;
    }
    series.segments[row] = null;
    reserveForSegments(-bytesBefore);
    return false;
  }

  /// Combines the samples of a series into a sum, minimum or maximum.
  ///
  /// @return false if all samples must be read: the store no longer has some of them, or the sum
  ///   overflowed, so that the result depends on the order of the additions
  private boolean combine(SampleCursor cursor, int row, long from) {
    WindowSegments segments = requireNonNull(series.segments[row], "samples without segments");
    segments.begin();
    segments.addOldest(series.first.value(row));
    cursor.resume(row, series.first, row);
    for (int i = 1; i < segments.oldestToAdd(); i++) {
      if (!cursor.next()) {
        series.states[row] = SeriesStates.WHOLE;
        series.wholeUntil[row] = from;
        clearSamples(row);
        return false;
      }
      samplesRead++;
      segments.addOldest(cursor.value());
    }
    segments.finish();
    return kind != WindowSegments.Kind.SUM || !Double.isInfinite(segments.value());
  }

  private static boolean isChange(double previous, double value) {
    return value != previous && !(Double.isNaN(value) && Double.isNaN(previous));
  }

  /// Removes the samples that have left the window.
  ///
  /// @return false if the store no longer has the samples after the removed samples
  private boolean remove(SampleCursor cursor, int row, long from) {
    cursor.resume(row, series.first, row);
    while (series.first.timestamp(row) <= from) {
      double removed = series.first.value(row);
      if (series.counts[row] < 2
          || !cursor.next()
          || cursor.timestamp() > series.last.timestamp(row)) {
        return false;
      }
      samplesRead++;
      double value = cursor.value();
      if (countsResets && value < removed) {
        requireNonNull(series.resets[row], "a reset that was not added").remove();
      } else if (countsChanges && isChange(removed, value)) {
        series.changes[row]--;
      }
      cursor.save(series.first, row);
      series.counts[row]--;
      if (kind != null) {
        requireNonNull(series.segments[row], "samples without segments").remove();
      }
    }
    return true;
  }

  private double value(IncrementalFunction function, int row, long from, long to) {
    int count = series.counts[row];
    return switch (function) {
      case COUNT -> count;
      case PRESENT -> 1;
      case FIRST -> series.first.value(row);
      case LAST -> series.last.value(row);
      case TIME_OF_FIRST -> series.first.timestamp(row) / 1000.0;
      case TIME_OF_LAST -> series.last.timestamp(row) / 1000.0;
      case RESETS -> series.resets[row] == null ? 0 : series.resets[row].size();
      case CHANGES -> series.changes[row];
      case SUM ->
          requireNonNull(series.segments[row]).value()
              + requireNonNull(series.segments[row]).error();
      case AVERAGE ->
          requireNonNull(series.segments[row]).value() / count
              + requireNonNull(series.segments[row]).error() / count;
      case MIN, MAX -> requireNonNull(series.segments[row]).value();
      case IRATE -> count < 2 ? Columns.ABSENT : instant(row, true);
      case IDELTA -> count < 2 ? Columns.ABSENT : instant(row, false);
      case RATE -> extrapolated(row, from, to, true, (to - from) / 1000.0);
      case INCREASE -> extrapolated(row, from, to, true, 1);
      case DELTA -> extrapolated(row, from, to, false, 1);
    };
  }

  private double instant(int row, boolean counter) {
    return Extrapolation.instant(
        series.beforeTimes[row],
        series.beforeValues[row],
        series.last.timestamp(row),
        series.last.value(row),
        counter && series.last.value(row) < series.beforeValues[row],
        counter);
  }

  private double extrapolated(int row, long from, long to, boolean counter, double perSeconds) {
    if (series.counts[row] < 2) {
      return Columns.ABSENT;
    }
    double change = series.last.value(row) - series.first.value(row);
    if (counter) {
      change = SeriesStates.Resets.added(change, series.resets[row]);
    }
    double factor =
        Extrapolation.factor(
            series.first.timestamp(row) - from,
            to - series.last.timestamp(row),
            series.last.timestamp(row) - series.first.timestamp(row),
            series.counts[row],
            counter,
            series.first.value(row),
            change);
    return change * (factor / perSeconds);
  }

  /// Reads all samples of a series into [#whole].
  ///
  /// @return false if there are histograms
  private boolean readWhole(SeriesSet set, int row, long from, long to) {
    buffer.clear();
    set.read(row, from + 1, to, buffer);
    samplesRead += buffer.size();
    if (buffer.hasHistograms()) {
      return false;
    }
    long[] timestamps = buffer.timestamps();
    double[] values = buffer.values();
    whole.from = 0;
    whole.to = 0;
    for (int i = 0; i < buffer.size(); i++) {
      if (!StaleMarker.is(values[i])) {
        timestamps[whole.to] = timestamps[i];
        values[whole.to++] = values[i];
      }
    }
    whole.timestamps = timestamps;
    whole.values = values;
    whole.startMillis = from;
    whole.endMillis = to;
    whole.evaluationMillis = to + key.offsetMillis;
    return true;
  }
}
