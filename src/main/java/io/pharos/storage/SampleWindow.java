package io.pharos.storage;

import java.util.Arrays;

/// Samples in time order as two growing columns, kept and reused between reads. Not thread-safe.
///
/// Only floats have columns so far; native histograms will get a column of their own beside them.
public final class SampleWindow {
  private long[] timestamps;
  private double[] values;
  private int size;

  public SampleWindow() {
    this(64);
  }

  public SampleWindow(int capacity) {
    timestamps = new long[Math.max(1, capacity)];
    values = new double[Math.max(1, capacity)];
  }

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

  /// The backing array of timestamps; only the first [#size] are valid, and only until the next
  /// change.
  public long[] timestamps() {
    return timestamps;
  }

  /// The backing array of values, under the same terms as [#timestamps].
  public double[] values() {
    return values;
  }

  public void clear() {
    size = 0;
  }

  public void add(long timestampMillis, double value) {
    ensure(size + 1);
    timestamps[size] = timestampMillis;
    values[size++] = value;
  }

  /// Appends `count` samples from arrays.
  public void add(long[] moreTimestamps, double[] moreValues, int from, int count) {
    ensure(size + count);
    System.arraycopy(moreTimestamps, from, timestamps, size, count);
    System.arraycopy(moreValues, from, values, size, count);
    size += count;
  }

  private void ensure(int capacity) {
    if (capacity > timestamps.length) {
      int grown = Math.max(capacity, timestamps.length * 2);
      timestamps = Arrays.copyOf(timestamps, grown);
      values = Arrays.copyOf(values, grown);
    }
  }
}
