package io.pharos.tsdb.late;

import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.ResetHints;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// The out-of-order samples of one series at one moment, sorted by time, at most one per timestamp.
/// Readers see it as immutable; thread-safe.
public final class LateSamples {
  /* Samples in time order, as from a sender that catches up, are appended to the spare capacity
   * of the columns. Each append returns a new object that shares the columns; only the newest of
   * these objects may append, and no object reads past its own size. Inserting a sample between
   * others copies the columns. */

  /// No samples.
  public static final LateSamples NONE = new LateSamples(new long[0], new double[0], null, 0, 0);

  /// Memory of a float in bytes.
  private static final int FLOAT_BYTES = Long.BYTES + Double.BYTES;

  /// Approximate memory of a histogram in bytes, without its columns.
  private static final int HISTOGRAM_BYTES = 256;

  private final long[] timestamps;
  private final double[] values;
  private final @Nullable Histogram @Nullable [] histograms;
  private final int size;
  private final long bytes;

  private LateSamples(
      long[] timestamps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms,
      int size,
      long bytes) {
    this.timestamps = timestamps;
    this.values = values;
    this.histograms = histograms;
    this.size = size;
    this.bytes = bytes;
  }

  /// Number of samples.
  public int size() {
    return size;
  }

  /// Approximate memory of the samples in bytes.
  public long bytes() {
    return bytes;
  }

  /// Approximate memory of a sample in bytes.
  ///
  /// @param histogram the sample if it is a histogram, else null
  public static long bytes(@Nullable Histogram histogram) {
    long columns = 0;
    if (histogram != null) {
      columns = HISTOGRAM_BYTES + (long) Long.BYTES * HistogramLayout.columns(histogram).length;
    }
    return FLOAT_BYTES + columns;
  }

  /// Unix milliseconds of the first sample, or `Long.MAX_VALUE` without any.
  public long oldest() {
    return size == 0 ? Long.MAX_VALUE : timestamps[0];
  }

  /// Computes the outcome of adding a sample: [AppendOutcome#APPENDED] unless a stored sample has
  /// the same time.
  ///
  /// @param histogram the sample if it is a histogram, else null
  public AppendOutcome outcomeOf(
      long timestampMillis, double value, @Nullable Histogram histogram) {
    int index = Arrays.binarySearch(timestamps, 0, size, timestampMillis);
    if (index < 0) {
      return AppendOutcome.APPENDED;
    }
    return AppendOutcome.atSameTime(values[index], histogram(index), value, histogram);
  }

  private @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  /// Returns these samples with another one, whose time must differ from theirs. Call it at most
  /// once for each object.
  ///
  /// @param histogram the sample if it is a histogram, else null
  public LateSamples with(long timestampMillis, double value, @Nullable Histogram histogram) {
    int index = -1 - Arrays.binarySearch(timestamps, 0, size, timestampMillis);
    if (index < 0) {
      throw new IllegalArgumentException("there is already a sample at " + timestampMillis);
    }
    boolean room = index == size && size < timestamps.length;
    long[] times = room ? timestamps : withGap(timestamps, index);
    double[] floats = room ? values : withGap(values, index);
    @Nullable Histogram @Nullable [] histogramColumn = histograms;
    if (histogram != null && histogramColumn == null) {
      histogramColumn = new Histogram[times.length];
    } else if (histogramColumn != null && !room) {
      histogramColumn = withGap(histogramColumn, index, times.length);
    }
    times[index] = timestampMillis;
    floats[index] = value;
    if (histogramColumn != null) {
      histogramColumn[index] = histogram;
    }
    return new LateSamples(times, floats, histogramColumn, size + 1, bytes + bytes(histogram));
  }

  private int newCapacity() {
    return size < timestamps.length ? timestamps.length : Math.max(4, size + size / 2);
  }

  private long[] withGap(long[] column, int index) {
    long[] copy = Arrays.copyOf(column, newCapacity());
    System.arraycopy(column, index, copy, index + 1, size - index);
    return copy;
  }

  private double[] withGap(double[] column, int index) {
    double[] copy = Arrays.copyOf(column, newCapacity());
    System.arraycopy(column, index, copy, index + 1, size - index);
    return copy;
  }

  private @Nullable Histogram[] withGap(@Nullable Histogram[] column, int index, int length) {
    @Nullable Histogram[] copy = Arrays.copyOf(column, length);
    System.arraycopy(column, index, copy, index + 1, size - index);
    return copy;
  }

  /// The samples of the closed interval, in time order.
  public SampleWindow within(long fromMillis, long toMillis) {
    var window = new SampleWindow(Math.min(size, 512));
    for (int i = firstFrom(fromMillis); i < size && timestamps[i] <= toMillis; i++) {
      add(window, i);
    }
    return window;
  }

  private int firstFrom(long timeMillis) {
    int index = Arrays.binarySearch(timestamps, 0, size, timeMillis);
    return index < 0 ? -1 - index : index;
  }

  private void add(SampleWindow window, int i) {
    Histogram histogram = histogram(i);
    if (histogram == null) {
      window.add(timestamps[i], values[i]);
    } else {
      window.add(timestamps[i], histogram.withHint(ResetHints.first(histogram)));
    }
  }

  /// Inserts the samples of the closed interval into a window, except those at times that the
  /// window already contains.
  ///
  /// @param window sorted by time from index `before` on
  /// @param before index of the first sample of this series in the window
  public void mergeInto(SampleWindow window, int before, long fromMillis, long toMillis) {
    int next = firstFrom(fromMillis);
    if (next == size || timestamps[next] > toMillis) {
      return;
    }
    var stored = new SampleWindow(window.size() - before);
    for (int i = before; i < window.size(); i++) {
      stored.add(window, i);
    }
    window.truncate(before);
    boolean afterLate = false;
    int i = 0;
    while (i < stored.size() || (next < size && timestamps[next] <= toMillis)) {
      boolean late = next < size && timestamps[next] <= toMillis;
      if (late && (i == stored.size() || timestamps[next] < stored.timestamp(i))) {
        add(window, next++);
        afterLate = true;
      } else {
        next += late && timestamps[next] == stored.timestamp(i) ? 1 : 0;
        Histogram histogram = stored.histogram(i);
        if (afterLate && histogram != null) {
          /* The hint resulted from a comparison with another predecessor, so it is no longer
           * valid. */
          window.add(stored.timestamp(i), histogram.withHint(ResetHints.first(histogram)));
          if (stored.starts() != null) {
            window.setStart(stored.start(i));
          }
        } else {
          window.add(stored, i);
        }
        afterLate = false;
        i++;
      }
    }
  }

  /// Returns these samples without the samples of a window that `earlier` contains too.
  ///
  /// @param earlier an earlier state of these samples
  /// @param startMillis Unix milliseconds of the window's start
  /// @param endMillis Unix milliseconds of the window's end, exclusive
  public LateSamples without(LateSamples earlier, long startMillis, long endMillis) {
    int from = earlier.firstFrom(startMillis);
    if (from == earlier.size || earlier.timestamps[from] >= endMillis) {
      return this;
    }
    var remaining = NONE;
    for (int i = 0; i < size; i++) {
      if (timestamps[i] < startMillis
          || timestamps[i] >= endMillis
          || Arrays.binarySearch(earlier.timestamps, 0, earlier.size, timestamps[i]) < 0) {
        remaining = remaining.with(timestamps[i], values[i], histogram(i));
      }
    }
    return remaining;
  }

  /// Adds the start times of the windows that have samples before a time to `starts`.
  ///
  /// @param length length of the windows in milliseconds
  public void addWindowsBefore(long endMillis, long length, NavigableSet<Long> starts) {
    for (int i = 0; i < size && timestamps[i] < endMillis; i++) {
      starts.add(Math.floorDiv(timestamps[i], length) * length);
    }
  }
}
