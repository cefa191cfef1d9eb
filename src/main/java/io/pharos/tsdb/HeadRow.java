package io.pharos.tsdb;

import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.wal.WalEncoder;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// Series of the head that are written together, with their newest samples: a row of values for
/// each of a few times, which the chunks of the series lack until the row is settled.
///
/// To give a value to a series touches its object, its growing chunk and that chunk's bytes, which
/// are far apart and out of the processor's caches by the next scrape: this took three quarters of
/// the time of an append. A row is written in one piece, and what is far apart is touched once for
/// [#DEPTH] scrapes.
///
/// Whoever holds the monitor of a row may take that of one of its series, never the other way
/// round.
final class HeadRow {
  /// How many times are held. Each costs eight bytes a series; eight leave an eighth of the
  /// touching, and twice as many would leave a sixteenth.
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

  /// Makes a row of series, which leave those that they were in. Under the commit lock.
  ///
  /// @return null where one stands there twice
  static @Nullable HeadRow join(HeadSeries[] series, TsdbMetrics metrics) {
    var row = new HeadRow(series, metrics);
    for (HeadSeries one : series) {
      HeadRow other = one.row();
      if (other != null) {
        other.dissolve();
      }
    }
    for (int i = 0; i < series.length; i++) {
      if (series[i].row() == row) {
        row.dissolve();
        return null;
      }
      row.noteTime(series[i].join(row, i));
    }
    return row;
  }

  int size() {
    return series.length;
  }

  HeadSeries series(int i) {
    return series[i];
  }

  /// Whether the series are no longer written together.
  boolean isDissolved() {
    return dissolved;
  }

  /// Unix milliseconds before or at which a series may have its last sample.
  long lastTime() {
    return lastTime;
  }

  /// Says that a series got a sample past the row. Under the commit lock.
  void noteTime(long timestampMillis) {
    if (timestampMillis > lastTime) {
      lastTime = timestampMillis;
    }
  }

  /// The numbers of the series in a segment of the log, which is told of those that it lacks. Under
  /// the commit lock.
  void numbers(int segment, WalEncoder encoder, int[] into) {
    if (walSegment != segment) {
      for (int i = 0; i < series.length; i++) {
        walNumbers[i] = series[i].numberIn(segment, encoder);
      }
      walSegment = segment;
    }
    System.arraycopy(walNumbers, 0, into, 0, walNumbers.length);
  }

  /// Stores a value of each series. Under the commit lock.
  ///
  /// @param timestampMillis after [#lastTime]
  synchronized void append(long timestampMillis, double[] from) {
    if (count == DEPTH) {
      settle();
    }
    System.arraycopy(from, 0, values[count], 0, series.length);
    times[count++] = timestampMillis;
    lastTime = timestampMillis;
  }

  /// Gives the chunks of the series all samples that they lack.
  synchronized void settle() {
    if (count == 0) {
      return;
    }
    for (int i = 0; i < series.length; i++) {
      series[i].take(count, times, values, i, metrics);
    }
    count = 0;
  }

  /// Ends the row; its series are written one by one from here on. Under the commit lock.
  synchronized void dissolve() {
    settle();
    dissolved = true;
    for (HeadSeries one : series) {
      one.leave(this);
    }
  }

  /* The following say what the row holds of the series in a column; under the row's monitor. */

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

  /// A copy of the samples at or after a time, or null without one.
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
    /// Appends those of the closed interval to the window.
    void read(long fromMillis, long toMillis, SampleWindow window) {
      for (int i = 0; i < times.length && times[i] <= toMillis; i++) {
        if (times[i] >= fromMillis) {
          window.add(times[i], values[i]);
        }
      }
    }
  }
}
