package io.pharos.promql.engine.cache;

import io.pharos.model.Labels;
import io.pharos.promql.engine.cache.IncrementalFunction.Aspect;
import io.pharos.storage.SamplePositions;
import io.pharos.storage.SeriesSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What an [IncrementalWindow] knows of each of its series. Arrays that its [Aspect] does not need
/// are empty.
final class SeriesStates {
  /// A queue of the counts before each reset of a counter in a window, oldest first.
  static final class Resets {
    /// A series with more resets is not a counter.
    static final int MOST = 256;

    private double[] before = new double[2];
    private int first;
    private int size;

    int size() {
      return size;
    }

    boolean isFull() {
      return size == MOST;
    }

    /// Adds a reset from this count.
    void add(double count) {
      if (first + size == before.length) {
        double[] next = size * 2 > before.length ? new double[before.length * 2] : before;
        System.arraycopy(before, first, next, 0, size);
        before = next;
        first = 0;
      }
      before[first + size++] = count;
    }

    /// Removes the oldest.
    void remove() {
      first++;
      size--;
    }

    /// Returns a change plus all counts before resets, added in order.
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

  /* States of a series. A series that is new, or whose window was empty, has no positions. One
   * that is read completely stays so until a time. */
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

  /// @param known earlier states; those of series in the set are kept
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

  /// Approximate memory without segments.
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
