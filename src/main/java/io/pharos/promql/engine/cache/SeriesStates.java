package io.pharos.promql.engine.cache;

import io.pharos.model.Labels;
import io.pharos.promql.engine.cache.IncrementalFunction.Aspect;
import io.pharos.storage.SamplePositions;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The states of the series of an [IncrementalWindow], in arrays with one element per series.
/// Arrays that its [Aspect] does not need are empty.
final class SeriesStates {
  /// The counts of a counter before each of its resets in a window, oldest first.
  static final class Resets {
    /// Maximum number of resets. A series with more is not a counter.
    static final int MAX_RESETS = 256;

    private double[] before = new double[2];
    private int first;
    private int size;

    int size() {
      return size;
    }

    boolean isFull() {
      return size == MAX_RESETS;
    }

    /// Appends a reset.
    ///
    /// @param count last count before it
    void add(double count) {
      if (first + size == before.length) {
        double[] next = size * 2 > before.length ? new double[before.length * 2] : before;
        System.arraycopy(before, first, next, 0, size);
        before = next;
        first = 0;
      }
      before[first + size++] = count;
    }

    /// Removes the oldest reset.
    void remove() {
      first++;
      size--;
    }

    /// Returns the increase of a counter: its change plus the counts before all resets, added in
    /// order.
    static double added(double change, @Nullable Resets resets) {
      double sum = change;
      if (resets != null) {
        for (int i = 0; i < resets.size; i++) {
          sum += resets.before[resets.first + i];
        }
      }
      return sum;
    }

    @Override
    public String toString() {
      return Arrays.toString(Arrays.copyOfRange(before, first, first + size));
    }
  }

  /// Approximate memory per series in addition to its positions, in bytes.
  private static final int BYTES_BESIDES = 24;

  /* The kinds of state. EMPTY: the series is new, or its window had no samples, so there are no
   * positions. KEPT: the other arrays describe its window. WHOLE: the series is read completely
   * while the start of the window is before `wholeUntil`. */
  static final byte EMPTY = 0;
  static final byte KEPT = 1;
  static final byte WHOLE = 2;

  final Labels[] labels;
  final byte[] states;
  final int[] counts;
  final SamplePositions first;
  final SamplePositions last;
  final long[] wholeUntil;
  final int[] changes;
  final @Nullable Resets[] resets;
  final @Nullable WindowSegments[] segments;
  final long[] beforeTimes;
  final double[] beforeValues;

  SeriesStates(int size, Aspect aspect) {
    int two = aspect == Aspect.NEWEST_TWO ? size : 0;
    labels = new Labels[size];
    states = new byte[size];
    counts = new int[size];
    first = new SamplePositions(size);
    last = new SamplePositions(size);
    wholeUntil = new long[size];
    changes = new int[aspect == Aspect.CHANGES ? size : 0];
    resets = new @Nullable Resets[aspect == Aspect.RESETS ? size : 0];
    segments = new @Nullable WindowSegments[aspect.segments() == null ? 0 : size];
    beforeTimes = new long[two];
    beforeValues = new double[two];
  }

  /// @param known earlier states, which series of the set keep
  SeriesStates(SeriesSet set, Aspect aspect, SeriesStates known) {
    this(set.size(), aspect);
    int old = 0;
    for (int row = 0; row < labels.length; row++) {
      Labels own = set.labels(row);
      labels[row] = own;
      int order = -1;
      while (old < known.labels.length
          && (order = known.labels[old].equals(own) ? 0 : known.labels[old].compareTo(own)) < 0) {
        old++;
      }
      if (old < known.labels.length && order == 0) {
        adopt(row, known, old++);
      }
    }
  }

  /// Returns the approximate memory without segments, in bytes.
  ///
  /// @param size number of series
  static long bytes(int size, Aspect aspect) {
    int ofAspect = aspect == Aspect.NEWEST_TWO ? 16 : 0;
    return (long) size * (2 * SamplePositions.BYTES_PER_SLOT + BYTES_BESIDES + ofAspect);
  }

  long bytesOfSegments() {
    long sum = 0;
    for (WindowSegments one : segments) {
      sum += one == null ? 0 : one.bytes();
    }
    return sum;
  }

  private void adopt(int row, SeriesStates known, int old) {
    labels[row] = known.labels[old];
    states[row] = known.states[old];
    counts[row] = known.counts[old];
    first.copy(row, known.first, old);
    last.copy(row, known.last, old);
    wholeUntil[row] = known.wholeUntil[old];
    if (changes.length > 0) {
      changes[row] = known.changes[old];
    }
    if (resets.length > 0) {
      resets[row] = known.resets[old];
    }
    if (segments.length > 0) {
      segments[row] = known.segments[old];
    }
    if (beforeTimes.length > 0) {
      beforeTimes[row] = known.beforeTimes[old];
      beforeValues[row] = known.beforeValues[old];
    }
  }
}
