package io.pharos.promql.engine.cache;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.cache.IncrementalFunction.Aspect;
import io.pharos.promql.engine.function.Extrapolation;
import io.pharos.promql.engine.function.FunctionImplementation;
import io.pharos.promql.engine.function.Window;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.StableRows;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SamplePositions;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A window that moves forward over series, as for `rate(x[5m])` at increasing times. Each
/// evaluation reads only added and removed samples. Per series it keeps the positions after the
/// first and last sample, the number of samples, and the state of an [Aspect].
///
/// Results are bit for bit those of the functions that read all samples. A series with content that
/// cannot be kept (a staleness marker, too many resets for a counter) is read completely until that
/// content has left the window. Not thread-safe.
final class IncrementalWindow {
  /// Approximate memory per series in addition to its positions, in bytes.
  private static final int BYTES_BESIDES = 24;

  /* States of a series. A series that is new, or whose window was empty, has no positions. One
   * that is read completely stays so until a time. */
  private static final byte EMPTY = 0;
  private static final byte KEPT = 1;
  private static final byte WHOLE = 2;

  private static final String HISTOGRAMS = "it has native histograms";

  /// The identity of a window.
  ///
  /// @param offsetMillis how far back the window is shifted
  record Key(List<LabelMatcher> matchers, long rangeMillis, long offsetMillis, Aspect aspect) {}

  private final Key key;
  private final boolean countsResets;
  private final boolean countsChanges;
  private final boolean keepsTwo;
  private final WindowSegments.@Nullable Kind kind;
  private final WindowCacheMemory bytes;
  private final Map<Boolean, StableRows> rowsOf = new HashMap<>(2);
  private final SampleWindow buffer = new SampleWindow();
  private final Window whole = new Window();

  private long generation = Long.MIN_VALUE;
  private long revision;
  private Labels[] labels = {};
  private byte[] states = {};
  private int[] counts = {};
  private SamplePositions first = new SamplePositions(0);
  private SamplePositions last = new SamplePositions(0);
  private long[] wholeUntil = {};
  private int[] changes = {};
  private @Nullable Resets[] resets = {};
  private @Nullable WindowSegments[] segments = {};
  private long[] beforeTimes = {};
  private double[] beforeValues = {};
  private long end = Long.MIN_VALUE;
  private long held;
  private long heldBySegments;
  private long passed;
  private String obstacle = "";

  IncrementalWindow(Key key, WindowCacheMemory bytes) {
    this.key = key;
    this.bytes = bytes;
    this.countsResets = key.aspect == Aspect.RESETS;
    this.countsChanges = key.aspect == Aspect.CHANGES;
    this.keepsTwo = key.aspect == Aspect.NEWEST_TWO;
    this.kind = key.aspect.segments();
  }

  /// Evaluates a function at a time. Empty if it must read all samples: the store cannot continue
  /// from the kept positions, the time decreases, a series has histograms, or memory is exhausted.
  ///
  /// @param ofFloats the function, for series that are read completely
  /// @param keepsName whether the result keeps the metric name
  Optional<Columns> columns(
      QueryContext context,
      IncrementalFunction function,
      FunctionImplementation.WindowFunction ofFloats,
      boolean keepsName,
      long timeMillis) {
    if (timeMillis < end) {
      return refuse("it was evaluated at a later time before");
    }
    long to = timeMillis - key.offsetMillis;
    long from = to - key.rangeMillis;
    SeriesSet set = context.storage().select(key.matchers, from + 1, to);
    Optional<SampleCursor> cursor = set.cursor();
    if (cursor.isEmpty()) {
      return refuse("the store has no places to go on from");
    }
    if (!follow(set)) {
      return refuse("there is no memory for it (--" + MemoryBound.WINDOWS.flag() + ")");
    }
    StableRows rows =
        rowsOf.computeIfAbsent(keepsName, keep -> new StableRows(labels, !keep, context));
    if (!rows.areDistinct()) {
      return refuse("its series differ in nothing but their names");
    }
    end = timeMillis;
    double[] values = new double[labels.length];
    passed = 0;
    for (int row = 0; row < values.length; row++) {
      if (!move(cursor.get(), row, from, to)) {
        return refuse(HISTOGRAMS);
      }
      if (states[row] == WHOLE
          || (states[row] == KEPT && kind != null && !see(cursor.get(), row, from))) {
        if (!readWhole(set, row, from, to)) {
          return refuse(HISTOGRAMS);
        }
        values[row] = whole.size() == 0 ? Columns.ABSENT : ofFloats.apply(whole);
      } else {
        values[row] = states[row] == KEPT ? value(function, row, from, to) : Columns.ABSENT;
      }
    }
    context.touch(passed);
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

  /// Releases its memory.
  void forget() {
    bytes.release(held + heldBySegments);
    held = 0;
    heldBySegments = 0;
    generation = Long.MIN_VALUE;
    labels = new Labels[0];
    states = new byte[0];
    counts = new int[0];
    first = new SamplePositions(0);
    last = new SamplePositions(0);
    wholeUntil = new long[0];
    changes = new int[0];
    resets = new @Nullable Resets[0];
    segments = new @Nullable WindowSegments[0];
    beforeTimes = new long[0];
    beforeValues = new double[0];
    rowsOf.clear();
  }

  /// Adopts the series of a selection and keeps the positions of known ones.
  ///
  /// @return false if memory is exhausted
  private boolean follow(SeriesSet set) {
    if (set.revision() != revision) {
      Arrays.fill(states, EMPTY);
      revision = set.revision();
    }
    if (set.generation() == generation) {
      return true;
    }
    int size = set.size();
    long wanted =
        (long) size * (2 * SamplePositions.BYTES_PER_SLOT + BYTES_BESIDES + (keepsTwo ? 16 : 0));
    if (!bytes.take(wanted - held)) {
      forget();
      return false;
    }
    held = wanted;
    var nextLabels = new Labels[size];
    var nextStates = new byte[size];
    var nextCounts = new int[size];
    var nextFirst = new SamplePositions(size);
    var nextLast = new SamplePositions(size);
    var nextWholeUntil = new long[size];
    var nextChanges = countsChanges ? new int[size] : changes;
    var nextResets = countsResets ? new @Nullable Resets[size] : resets;
    var nextSegments = kind == null ? segments : new @Nullable WindowSegments[size];
    long keptBySegments = 0;
    var nextBeforeTimes = keepsTwo ? new long[size] : beforeTimes;
    var nextBeforeValues = keepsTwo ? new double[size] : beforeValues;
    int old = 0;
    for (int row = 0; row < size; row++) {
      Labels series = set.labels(row);
      nextLabels[row] = series;
      int order = -1;
      while (old < labels.length
          && (order = labels[old].equals(series) ? 0 : labels[old].compareTo(series)) < 0) {
        old++;
      }
      if (old == labels.length || order != 0) {
        continue;
      }
      nextLabels[row] = labels[old];
      nextStates[row] = states[old];
      nextCounts[row] = counts[old];
      nextFirst.copy(row, first, old);
      nextLast.copy(row, last, old);
      nextWholeUntil[row] = wholeUntil[old];
      if (countsChanges) {
        nextChanges[row] = changes[old];
      }
      if (countsResets) {
        nextResets[row] = resets[old];
      }
      if (kind != null) {
        nextSegments[row] = segments[old];
        keptBySegments += segments[old] == null ? 0 : segments[old].bytes();
      }
      if (keepsTwo) {
        nextBeforeTimes[row] = beforeTimes[old];
        nextBeforeValues[row] = beforeValues[old];
      }
      old++;
    }
    labels = nextLabels;
    states = nextStates;
    counts = nextCounts;
    first = nextFirst;
    last = nextLast;
    wholeUntil = nextWholeUntil;
    changes = nextChanges;
    resets = nextResets;
    segments = nextSegments;
    bytes.release(heldBySegments - keptBySegments);
    heldBySegments = keptBySegments;
    beforeTimes = nextBeforeTimes;
    beforeValues = nextBeforeValues;
    generation = set.generation();
    rowsOf.clear();
    return true;
  }

  /// Moves the window of one series.
  ///
  /// @return false if it has a histogram
  private boolean move(SampleCursor cursor, int row, long from, long to) {
    if (states[row] == WHOLE) {
      if (wholeUntil[row] > from) {
        return true;
      }
      states[row] = EMPTY;
    }
    boolean known = states[row] == KEPT;
    /* A failure midway leaves this state invalid. */
    states[row] = EMPTY;
    if (known && last.timestamp(row) <= from) {
      // all samples have left the window
      known = false;
    }
    if (known) {
      cursor.resume(row, last, row);
    } else {
      counts[row] = 0;
      release(row);
      cursor.seek(row, from + 1);
    }
    if (cursor.isUnordered()) {
      states[row] = WHOLE;
      wholeUntil[row] = from + 1;
      release(row);
      return true;
    }
    while (cursor.next() && cursor.timestamp() <= to) {
      passed++;
      if (!add(cursor, row)) {
        states[row] = WHOLE;
        wholeUntil[row] = cursor.timestamp();
        release(row);
        return true;
      }
    }
    if (cursor.isBlocked()) {
      return false;
    }
    if (known && first.timestamp(row) <= from && !remove(cursor, row, from)) {
      // the store has lost samples: start over
      return move(cursor, row, from, to);
    }
    states[row] = counts[row] == 0 ? EMPTY : KEPT;
    if (counts[row] == 0) {
      release(row);
    }
    return true;
  }

  private void release(int row) {
    first.clear(row);
    last.clear(row);
    if (countsResets) {
      resets[row] = null;
    }
    if (kind != null) {
      WindowSegments gone = segments[row];
      segments[row] = null;
      hold(gone == null ? 0 : -gone.bytes());
    }
  }

  private boolean hold(long more) {
    if (more != 0 && !bytes.take(more)) {
      return false;
    }
    heldBySegments += more;
    return true;
  }

  /// Adds the sample that the cursor has passed.
  ///
  /// @return false if it cannot be kept
  private boolean add(SampleCursor cursor, int row) {
    double value = cursor.value();
    if (StaleMarker.is(value)) {
      return false;
    }
    if (counts[row] == 0) {
      cursor.save(first, row);
      if (countsChanges) {
        changes[row] = 0;
      }
    } else {
      double before = last.value(row);
      if (countsResets && value < before) {
        Resets known = resets[row];
        if (known == null) {
          known = new Resets();
          resets[row] = known;
        }
        if (known.isFull()) {
          return false;
        }
        known.add(before);
      } else if (countsChanges && isChange(before, value)) {
        changes[row]++;
      } else if (keepsTwo) {
        beforeTimes[row] = last.timestamp(row);
        beforeValues[row] = before;
      }
    }
    cursor.save(last, row);
    counts[row]++;
    return kind == null || addToSegments(row, kind, value);
  }

  private boolean addToSegments(int row, WindowSegments.Kind of, double value) {
    WindowSegments known = segments[row];
    if (known == null) {
      known = new WindowSegments(of);
      if (!hold(known.bytes())) {
        return false;
      }
      segments[row] = known;
    }
    long before = known.bytes();
    known.add(value);
    if (hold(known.bytes() - before)) {
      return true;
    }
    segments[row] = null;
    hold(-before);
    return false;
  }

  /// Combines the samples of a series.
  ///
  /// @return false if all samples must be read: the store has lost some, or a sum overflowed, and
  ///   then the order matters
  private boolean see(SampleCursor cursor, int row, long from) {
    WindowSegments of = requireNonNull(segments[row], "samples without segments");
    of.begin();
    of.see(first.value(row));
    cursor.resume(row, first, row);
    for (int i = 1; i < of.toSee(); i++) {
      if (!cursor.next()) {
        states[row] = WHOLE;
        wholeUntil[row] = from;
        release(row);
        return false;
      }
      passed++;
      of.see(cursor.value());
    }
    of.finish();
    return kind != WindowSegments.Kind.SUM || !Double.isInfinite(of.value());
  }

  private static boolean isChange(double before, double value) {
    return value != before && !(Double.isNaN(value) && Double.isNaN(before));
  }

  /// Removes samples that have left the window.
  ///
  /// @return false if the store lacks the samples that must follow
  private boolean remove(SampleCursor cursor, int row, long from) {
    cursor.resume(row, first, row);
    while (first.timestamp(row) <= from) {
      double gone = first.value(row);
      if (counts[row] < 2 || !cursor.next() || cursor.timestamp() > last.timestamp(row)) {
        return false;
      }
      passed++;
      double value = cursor.value();
      if (countsResets && value < gone) {
        requireNonNull(resets[row], "a reset that was not counted").remove();
      } else if (countsChanges && isChange(gone, value)) {
        changes[row]--;
      }
      cursor.save(first, row);
      counts[row]--;
      if (kind != null) {
        requireNonNull(segments[row], "samples without segments").remove();
      }
    }
    return true;
  }

  private double value(IncrementalFunction function, int row, long from, long to) {
    int count = counts[row];
    return switch (function) {
      case COUNT -> count;
      case PRESENT -> 1;
      case FIRST -> first.value(row);
      case LAST -> last.value(row);
      case TIME_OF_FIRST -> first.timestamp(row) / 1000.0;
      case TIME_OF_LAST -> last.timestamp(row) / 1000.0;
      case RESETS -> resets[row] == null ? 0 : resets[row].size();
      case CHANGES -> changes[row];
      case SUM -> requireNonNull(segments[row]).value() + requireNonNull(segments[row]).error();
      case AVERAGE ->
          requireNonNull(segments[row]).value() / count
              + requireNonNull(segments[row]).error() / count;
      case MIN, MAX -> requireNonNull(segments[row]).value();
      case IRATE -> count < 2 ? Columns.ABSENT : instant(row, true);
      case IDELTA -> count < 2 ? Columns.ABSENT : instant(row, false);
      case RATE -> extrapolated(row, from, to, true, (to - from) / 1000.0);
      case INCREASE -> extrapolated(row, from, to, true, 1);
      case DELTA -> extrapolated(row, from, to, false, 1);
    };
  }

  private double instant(int row, boolean counter) {
    return Extrapolation.instant(
        beforeTimes[row],
        beforeValues[row],
        last.timestamp(row),
        last.value(row),
        counter && last.value(row) < beforeValues[row],
        counter);
  }

  private double extrapolated(int row, long from, long to, boolean counter, double perSeconds) {
    if (counts[row] < 2) {
      return Columns.ABSENT;
    }
    double change = last.value(row) - first.value(row);
    if (counter) {
      change = Resets.added(change, resets[row]);
    }
    double factor =
        Extrapolation.factor(
            first.timestamp(row) - from,
            to - last.timestamp(row),
            last.timestamp(row) - first.timestamp(row),
            counts[row],
            counter,
            first.value(row),
            change);
    return change * (factor / perSeconds);
  }

  /// Reads all samples of a series.
  ///
  /// @return false if there are histograms
  private boolean readWhole(SeriesSet set, int row, long from, long to) {
    buffer.clear();
    set.read(row, from + 1, to, buffer);
    passed += buffer.size();
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
