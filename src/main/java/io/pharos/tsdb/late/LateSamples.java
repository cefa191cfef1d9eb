package io.pharos.tsdb.late;

import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.ResetHints;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// The samples of one series that came out of order, at one moment: sorted by time, at most one at
/// each. Immutable to whoever reads it; safe for use by many threads.
public final class LateSamples {
  /* Samples that come one behind the other, as those of a sender that catches up do, go into room that
   * the columns still have: only the last of a line of these objects may do that, and no other looks
   * behind its own size. A sample that comes between others costs a copy. */

  /// Without any.
  public static final LateSamples NONE = new LateSamples(new long[0], new double[0], null, 0, 0);

  /// What a float takes of the memory.
  private static final int FLOAT_BYTES = Long.BYTES + Double.BYTES;

  /// What a histogram takes besides its columns, about.
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

  public int size() {
    return size;
  }

  /// About what they take of the memory.
  public long bytes() {
    return bytes;
  }

  /// About what a sample takes of the memory.
  ///
  /// @param histogram the sample, or null where it is a float
  public static long bytes(@Nullable Histogram histogram) {
    long columns = 0;
    if (histogram != null) {
      columns = HISTOGRAM_BYTES + (long) Long.BYTES * HistogramLayout.columns(histogram).length;
    }
    return FLOAT_BYTES + columns;
  }

  /// Unix milliseconds of the first one, or `Long.MAX_VALUE` without any.
  public long oldest() {
    return size == 0 ? Long.MAX_VALUE : timestamps[0];
  }

  /// What would become of another sample beside these: it is [AppendOutcome#APPENDED] unless there
  /// is one at its time.
  ///
  /// @param histogram the sample, or null where it is the float
  public AppendOutcome judge(long timestampMillis, double value, @Nullable Histogram histogram) {
    int at = Arrays.binarySearch(timestamps, 0, size, timestampMillis);
    if (at < 0) {
      return AppendOutcome.APPENDED;
    }
    return isSame(values[at], histogram(at), value, histogram)
        ? AppendOutcome.DUPLICATE
        : AppendOutcome.DUPLICATE_TIMESTAMP;
  }

  /// Whether two samples are the same, bit for bit.
  public static boolean isSame(
      double value, @Nullable Histogram histogram, double other, @Nullable Histogram another) {
    if (histogram == null || another == null) {
      return histogram == null
          && another == null
          && Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(other);
    }
    return another.equals(histogram.withHint(another.hint()));
  }

  private @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  /// These and another one, at a time that none of them has. To be called once at most of each
  /// object whose result is kept.
  ///
  /// @param histogram the sample, or null where it is the float
  public LateSamples with(long timestampMillis, double value, @Nullable Histogram histogram) {
    int at = -1 - Arrays.binarySearch(timestamps, 0, size, timestampMillis);
    if (at < 0) {
      throw new IllegalArgumentException("there is a sample at " + timestampMillis);
    }
    boolean room = at == size && size < timestamps.length;
    long[] times = room ? timestamps : opened(timestamps, at);
    double[] floats = room ? values : opened(values, at);
    @Nullable Histogram @Nullable [] others = histograms;
    if (histogram != null && others == null) {
      others = new Histogram[times.length];
    } else if (others != null && !room) {
      others = opened(others, at, times.length);
    }
    times[at] = timestampMillis;
    floats[at] = value;
    if (others != null) {
      others[at] = histogram;
    }
    return new LateSamples(times, floats, others, size + 1, bytes + bytes(histogram));
  }

  private int grown() {
    return size < timestamps.length ? timestamps.length : Math.max(4, size + size / 2);
  }

  private long[] opened(long[] column, int at) {
    long[] copy = Arrays.copyOf(column, grown());
    System.arraycopy(column, at, copy, at + 1, size - at);
    return copy;
  }

  private double[] opened(double[] column, int at) {
    double[] copy = Arrays.copyOf(column, grown());
    System.arraycopy(column, at, copy, at + 1, size - at);
    return copy;
  }

  private @Nullable Histogram[] opened(@Nullable Histogram[] column, int at, int length) {
    @Nullable Histogram[] copy = Arrays.copyOf(column, length);
    System.arraycopy(column, at, copy, at + 1, size - at);
    return copy;
  }

  /// Those of the closed interval, in time order.
  public SampleWindow within(long fromMillis, long toMillis) {
    var window = new SampleWindow(Math.min(size, 512));
    for (int i = from(fromMillis); i < size && timestamps[i] <= toMillis; i++) {
      add(window, i);
    }
    return window;
  }

  private int from(long timeMillis) {
    int at = Arrays.binarySearch(timestamps, 0, size, timeMillis);
    return at < 0 ? -1 - at : at;
  }

  private void add(SampleWindow window, int i) {
    Histogram histogram = histogram(i);
    if (histogram == null) {
      window.add(timestamps[i], values[i]);
    } else {
      window.add(timestamps[i], histogram.withHint(ResetHints.first(histogram)));
    }
  }

  /// Puts those of the closed interval between the samples that a window has from a place on, where
  /// it has none at their time.
  ///
  /// @param window sorted by time from `before` on
  public void mergeInto(SampleWindow window, int before, long fromMillis, long toMillis) {
    int next = from(fromMillis);
    if (next == size || timestamps[next] > toMillis) {
      return;
    }
    var stored = new SampleWindow(window.size() - before);
    for (int i = before; i < window.size(); i++) {
      stored.add(window, i);
    }
    window.truncate(before);
    boolean behindLate = false;
    int i = 0;
    while (i < stored.size() || (next < size && timestamps[next] <= toMillis)) {
      boolean late = next < size && timestamps[next] <= toMillis;
      if (late && (i == stored.size() || timestamps[next] < stored.timestamp(i))) {
        add(window, next++);
        behindLate = true;
      } else {
        next += late && timestamps[next] == stored.timestamp(i) ? 1 : 0;
        Histogram histogram = stored.histogram(i);
        if (behindLate && histogram != null) {
          /* It was compared with another one. */
          window.add(stored.timestamp(i), histogram.withHint(ResetHints.first(histogram)));
          if (stored.starts() != null) {
            window.start(stored.start(i));
          }
        } else {
          window.add(stored, i);
        }
        behindLate = false;
        i++;
      }
    }
  }

  /// These without those of a time that others have too.
  ///
  /// @param others what this was at an earlier moment
  public LateSamples without(LateSamples others, long startMillis, long endMillis) {
    int from = others.from(startMillis);
    if (from == others.size || others.timestamps[from] >= endMillis) {
      return this;
    }
    var left = NONE;
    for (int i = 0; i < size; i++) {
      if (timestamps[i] < startMillis
          || timestamps[i] >= endMillis
          || Arrays.binarySearch(others.timestamps, 0, others.size, timestamps[i]) < 0) {
        left = left.with(timestamps[i], values[i], histogram(i));
      }
    }
    return left;
  }

  /// Adds the starts of the windows of a length that have samples before a time.
  public void addWindowsBefore(long endMillis, long length, NavigableSet<Long> starts) {
    for (int i = 0; i < size && timestamps[i] < endMillis; i++) {
      starts.add(Math.floorDiv(timestamps[i], length) * length);
    }
  }
}
