package io.pharos.tsdb;

import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.wal.WalEncoder;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// Series in the head that are written together, with their newest samples. The row buffers the
/// values of up to [#DEPTH] timestamps and then flushes them to the chunks of the series.
///
/// Appending to a series touches its object, its growing chunk and the chunk's bytes. They are far
/// apart in memory and no longer cached at the next scrape; loading them took three quarters of the
/// time of an append. A row is written as one array, and the series are touched once per [#DEPTH]
/// scrapes.
///
/// A thread that holds the monitor of a row may acquire the monitor of one of its series, but never
/// the reverse.
final class HeadRow {
  /// Number of buffered timestamps. Each timestamp needs eight bytes per series. Eight timestamps
  /// save seven eighths of the memory accesses; sixteen would save little more.
  static final int DEPTH = 8;

  private final HeadSeries[] series;
  private final TsdbMetrics metrics;

  /* Guarded by the store's commit lock. */
  private final int[] walNumbers;
  private int walSegment = -1;
  private volatile boolean dissolved;

  /* Guarded by this. */
  private final long[] times = new long[DEPTH];
  private final double[][] values;
  private int count;
  private volatile long lastTime = Long.MIN_VALUE;

  private HeadRow(HeadSeries[] series, TsdbMetrics metrics) {
    this.series = series;
    this.metrics = metrics;
    this.walNumbers = new int[series.length];
    this.values = new double[DEPTH][series.length];
  }

  /// Creates a row; its series leave their previous rows. Returns null if a series occurs twice.
  /// Called under the commit lock.
  static @Nullable HeadRow join(HeadSeries[] series, TsdbMetrics metrics) {
    var row = new HeadRow(series, metrics);
    for (HeadSeries one : series) {
      HeadRow other = one.row;
      if (other != null) {
        other.dissolve();
      }
    }
    for (int i = 0; i < series.length; i++) {
      if (series[i].row == row) {
        row.dissolve();
        return null;
      }
      row.noteTime(series[i].join(row, i));
    }
    return row;
  }

  /// Number of series.
  int size() {
    return series.length;
  }

  /// The i-th series.
  HeadSeries series(int i) {
    return series[i];
  }

  /// Whether the series are no longer written together.
  boolean isDissolved() {
    return dissolved;
  }

  /// An upper bound of the times of these series' samples, in Unix milliseconds.
  long lastTime() {
    return lastTime;
  }

  /// Updates [#lastTime] after a series got a sample outside the row. Called under the commit lock.
  void noteTime(long timestampMillis) {
    if (timestampMillis > lastTime) {
      lastTime = timestampMillis;
    }
  }

  /// Copies the numbers of the series in a log segment to `into`. Series without a number are added
  /// to the segment first. Called under the commit lock.
  void numbers(int segment, WalEncoder encoder, int[] into) {
    if (walSegment != segment) {
      for (int i = 0; i < series.length; i++) {
        walNumbers[i] = series[i].numberIn(segment, encoder);
      }
      walSegment = segment;
    }
    System.arraycopy(walNumbers, 0, into, 0, walNumbers.length);
  }

  /// Stores one value for each series. `timestampMillis` must be later than [#lastTime]. Called
  /// under the commit lock.
  synchronized void append(long timestampMillis, double[] from) {
    if (count == DEPTH) {
      flush();
    }
    System.arraycopy(from, 0, values[count], 0, series.length);
    times[count++] = timestampMillis;
    lastTime = timestampMillis;
  }

  /// Flushes the buffered samples to the chunks of the series.
  synchronized void flush() {
    if (count == 0) {
      return;
    }
    for (int i = 0; i < series.length; i++) {
      series[i].appendBuffered(count, times, values, i, metrics);
    }
    count = 0;
  }

  /// Ends the row; from now on its series are written singly. Called under the commit lock.
  synchronized void dissolve() {
    flush();
    dissolved = true;
    for (HeadSeries one : series) {
      one.leave(this);
    }
  }

  /* The following methods read the buffered samples; `column` is the column of one series. The
   * caller holds the row's monitor. */

  boolean isEmpty() {
    return count == 0;
  }

  long oldestTime() {
    return times[0];
  }

  long newestTime() {
    return times[count - 1];
  }

  double newestValue(int column) {
    return values[count - 1][column];
  }

  /// Copies the samples at or after a time; returns null if there are none.
  @Nullable Samples from(long timeMillis, int column) {
    int first = 0;
    while (first < count && times[first] < timeMillis) {
      first++;
    }
    if (first == count) {
      return null;
    }
    var copy = new Samples(new long[count - first], new double[count - first]);
    for (int i = first; i < count; i++) {
      copy.times[i - first] = times[i];
      copy.values[i - first] = values[i][column];
    }
    return copy;
  }

  void addWindowsBefore(long endMillis, NavigableSet<Long> windows) {
    for (int i = 0; i < count && times[i] < endMillis; i++) {
      windows.add(Tsdb.windowOf(times[i]));
    }
  }

  /// Samples of one series.
  record Samples(long[] times, double[] values) {
    /// Appends the samples of the closed interval to the window.
    void read(long fromMillis, long toMillis, SampleWindow window) {
      for (int i = 0; i < times.length && times[i] <= toMillis; i++) {
        if (times[i] >= fromMillis) {
          window.add(times[i], values[i]);
        }
      }
    }
  }
}
