package io.pharos.storage;

import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Samples in time order as growing columns, which are reused between reads. Not thread-safe.
///
/// A sample is a float or a native histogram. The column of histograms exists only while the window
/// contains one; then the float at the same index is an arbitrary NaN. The column of start
/// timestamps also exists only if a sample has one.
public final class SampleWindow {
  private long[] timestamps;
  private double[] values;
  private @Nullable Histogram @Nullable [] histograms;
  private long @Nullable [] starts;
  private int size;

  /// An empty window with the default capacity.
  public SampleWindow() {
    this(64);
  }

  /// @param capacity expected number of samples
  public SampleWindow(int capacity) {
    timestamps = new long[Math.max(1, capacity)];
    values = new double[Math.max(1, capacity)];
  }

  /// Number of samples.
  public int size() {
    return size;
  }

  /// Unix milliseconds of the i-th sample.
  public long timestamp(int i) {
    return timestamps[i];
  }

  /// The i-th value, bit for bit as it was appended.
  public double value(int i) {
    return values[i];
  }

  /// The i-th histogram; null if the sample is a float.
  public @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  /// Whether any sample may be a histogram.
  public boolean hasHistograms() {
    return histograms != null;
  }

  /// The i-th start timestamp in Unix milliseconds; 0 for unknown.
  public long start(int i) {
    return starts == null ? 0 : starts[i];
  }

  /// Sets the start timestamp of the newest sample.
  public void setStart(long startMillis) {
    setStart(size - 1, startMillis);
  }

  /// Sets the start timestamp of the i-th sample.
  public void setStart(int i, long startMillis) {
    if (starts == null) {
      starts = new long[timestamps.length];
    }
    starts[i] = startMillis;
  }

  /// The backing array of start timestamps, with the same rules as [#timestamps]; null if no sample
  /// has a start timestamp.
  public long @Nullable [] starts() {
    return starts;
  }

  /// The backing array of timestamps; only the first [#size] are valid, and only until the next
  /// change of this window.
  public long[] timestamps() {
    return timestamps;
  }

  /// The backing array of values, with the same rules as [#timestamps].
  public double[] values() {
    return values;
  }

  /// The backing array of histograms, with the same rules as [#timestamps]; null if the window
  /// contains only floats.
  public @Nullable Histogram @Nullable [] histograms() {
    return histograms;
  }

  /// Removes all samples.
  public void clear() {
    size = 0;
    histograms = null;
    starts = null;
  }

  /// Removes the samples after the first `newSize`.
  public void truncate(int newSize) {
    if (histograms != null) {
      Arrays.fill(histograms, newSize, size, null);
    }
    if (starts != null) {
      Arrays.fill(starts, newSize, size, 0);
    }
    size = newSize;
  }

  /// Appends a float.
  public void add(long timestampMillis, double value) {
    ensure(size + 1);
    timestamps[size] = timestampMillis;
    values[size++] = value;
  }

  /// Appends a histogram.
  public void add(long timestampMillis, Histogram histogram) {
    ensure(size + 1);
    if (histograms == null) {
      histograms = new Histogram[timestamps.length];
    }
    timestamps[size] = timestampMillis;
    values[size] = Double.NaN;
    histograms[size++] = histogram;
  }

  /// Appends the histogram if there is one, otherwise the float.
  public void add(long timestampMillis, double value, @Nullable Histogram histogram) {
    if (histogram == null) {
      add(timestampMillis, value);
    } else {
      add(timestampMillis, histogram);
    }
  }

  /// Appends the i-th sample of another window with its start timestamp.
  public void add(SampleWindow other, int i) {
    add(other.timestamps[i], other.values[i], other.histogram(i));
    if (other.starts != null) {
      setStart(other.starts[i]);
    }
  }

  /// Enlarges the backing arrays so that the caller can write more samples to them and then call
  /// [#added].
  public void reserve(int samples) {
    ensure(size + samples);
  }

  /// Increments the size after the caller has written floats to the backing arrays.
  public void added(int samples) {
    size = Math.addExact(size, samples);
  }

  /// Removes the staleness markers.
  public void dropStale() {
    int kept = 0;
    while (kept < size && !StaleMarker.is(values[kept])) {
      kept++;
    }
    for (int i = kept; i < size; i++) {
      if (!StaleMarker.is(values[i])) {
        timestamps[kept] = timestamps[i];
        values[kept] = values[i];
        if (histograms != null) {
          histograms[kept] = histograms[i];
        }
        if (starts != null) {
          starts[kept] = starts[i];
        }
        kept++;
      }
    }
    size = kept;
  }

  private void ensure(int capacity) {
    if (capacity > timestamps.length) {
      int grown = Math.max(capacity, timestamps.length * 2);
      timestamps = Arrays.copyOf(timestamps, grown);
      values = Arrays.copyOf(values, grown);
      if (histograms != null) {
        histograms = Arrays.copyOf(histograms, grown);
      }
      if (starts != null) {
        starts = Arrays.copyOf(starts, grown);
      }
    }
  }
}
