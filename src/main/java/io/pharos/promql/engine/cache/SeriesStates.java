package io.pharos.promql.engine.cache;

import io.pharos.model.Labels;
import io.pharos.promql.engine.cache.IncrementalFunction.Aspect;
import io.pharos.storage.SamplePositions;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The states of the series of an [IncrementalWindow], in arrays with one element per series. An
/// array is empty if the [Aspect] does not need it.
final class SeriesStates {
  /// The values of a counter before each of its resets in a window, oldest first.
  static final class Resets {
    /// Maximum number of resets. A series with more resets is probably not a counter.
    static final int MAX_RESETS = 256;

    private double[] valuesBefore = new double[2];
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
    /// @param count last value of the counter before the reset
    void add(double count) {
      if (first + size == valuesBefore.length) {
        double[] next =
            size * 2 > valuesBefore.length ? new double[valuesBefore.length * 2] : valuesBefore;
        System.arraycopy(valuesBefore, first, next, 0, size);
        valuesBefore = next;
        first = 0;
      }
      valuesBefore[first + size++] = count;
    }

    /// Removes the oldest reset.
    void remove() {
      first++;
      size--;
    }

    /// Returns the increase of a counter: its change plus its values before all resets, added in
    /// order.
    static double added(double change, @Nullable Resets resets) {
      double sum = change;
      if (resets != null) {
        for (int i = 0; i < resets.size; i++) {
          sum += resets.valuesBefore[resets.first + i];
        }
      }
      return sum;
    }

    @Override
    public String toString() {
      return Arrays.toString(Arrays.copyOfRange(valuesBefore, first, first + size));
    }
  }

  /// Approximate memory per series in addition to its positions, in bytes.
  private static final int BYTES_WITHOUT_POSITIONS = 24;

  /* The kinds of state. EMPTY: the series is new, or its window had no samples, so there are no
   * positions. VALID: the other arrays describe its window. WHOLE: the series is read completely
   * while the start of the window is before `wholeUntil`. */
  static final byte EMPTY = 0;
  static final byte VALID = 1;
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

  /// Creates states for the series of a set. Copies the states of the series that are in `earlier`.
  SeriesStates(SeriesSet set, Aspect aspect, SeriesStates earlier) {
    this(set.size(), aspect);
    int old = 0;
    for (int row = 0; row < labels.length; row++) {
      Labels newLabels = set.labels(row);
      labels[row] = newLabels;
      int order = -1;
      while (old < earlier.labels.length
          && (order =
                  earlier.labels[old].equals(newLabels)
                      ? 0
                      : earlier.labels[old].compareTo(newLabels))
              < 0) {
        old++;
      }
      if (old < earlier.labels.length && order == 0) {
        copyState(row, earlier, old++);
      }
    }
  }

  /// Returns the approximate memory without segments, in bytes.
  ///
  /// @param size number of series
  static long bytes(int size, Aspect aspect) {
    int ofAspect = aspect == Aspect.NEWEST_TWO ? 16 : 0;
    return (long) size * (2 * SamplePositions.BYTES_PER_SLOT + BYTES_WITHOUT_POSITIONS + ofAspect);
  }

  long bytesOfSegments() {
    long sum = 0;
    for (WindowSegments one : segments) {
      sum += one == null ? 0 : one.bytes();
    }
    return sum;
  }

  private void copyState(int row, SeriesStates earlier, int old) {
    labels[row] = earlier.labels[old];
    states[row] = earlier.states[old];
    counts[row] = earlier.counts[old];
    first.copy(row, earlier.first, old);
    last.copy(row, earlier.last, old);
    wholeUntil[row] = earlier.wholeUntil[old];
    if (changes.length > 0) {
      changes[row] = earlier.changes[old];
    }
    if (resets.length > 0) {
      resets[row] = earlier.resets[old];
    }
    if (segments.length > 0) {
      segments[row] = earlier.segments[old];
    }
    if (beforeTimes.length > 0) {
      beforeTimes[row] = earlier.beforeTimes[old];
      beforeValues[row] = earlier.beforeValues[old];
    }
  }
}
