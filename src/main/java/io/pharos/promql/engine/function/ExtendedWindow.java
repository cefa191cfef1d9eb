package io.pharos.promql.engine.function;

import io.pharos.storage.SampleWindow;
import org.jspecify.annotations.Nullable;

/// The samples of one series in and around a range at one step. The part `[from, to)` begins with
/// the last sample at or before the start of the range; if there is none, with the first sample
/// inside. It ends with the last sample inside. If the range is smoothed and there is a sample at
/// or after its end, it ends with the first of these samples.
final class ExtendedWindow extends Window {
  private boolean smoothed;

  /// The samples `[low, high)` are in the range, or around it within the lookback.
  private int low;

  private int high;

  /// Loads the samples of a series.
  ///
  /// @param startTimestamps start timestamps of the samples, or null if unknown or unused
  /// @param smoothedEdges whether the edges are `smoothed` instead of `anchored`
  void load(SampleWindow samples, long @Nullable [] startTimestamps, boolean smoothedEdges) {
    starts = startTimestamps;
    timestamps = samples.timestamps();
    values = samples.values();
    histograms = samples.histograms();
    smoothed = smoothedEdges;
    low = 0;
    high = 0;
  }

  /// Moves to a step.
  ///
  /// @return false if the range has no value at this step
  boolean slide(long end, long range, long lookback, int size) {
    endMillis = end;
    startMillis = end - range;
    long last = smoothed ? end + lookback : end;
    while (high < size && timestamps[high] <= last) {
      high++;
    }
    while (low < high && timestamps[low] <= startMillis - lookback) {
      low++;
    }
    from = low;
    to = high;
    while (from + 1 < to && timestamps[from + 1] <= startMillis) {
      from++;
    }
    if (smoothed) {
      to = from;
      while (to < high && (to == from || timestamps[to - 1] < endMillis)) {
        to++;
      }
    }
    return from < to
        && timestamps[to - 1] > startMillis
        && !(smoothed && timestamps[from] > endMillis);
  }

  /// Returns whether sample `i` is before the start of a smoothed range.
  boolean isBeforeStart(int i) {
    return smoothed && timestamps[i] < startMillis;
  }

  /// Returns whether sample `i` is after the end of a smoothed range and has a predecessor.
  boolean isAfterEnd(int i) {
    return smoothed && i > low && timestamps[i] > endMillis;
  }

  /// Returns whether the samples in and around the range include both floats and histograms.
  boolean isMixed() {
    boolean anyFloat = false;
    boolean anyHistogram = false;
    for (int i = low; histograms != null && i < high; i++) {
      anyFloat |= histograms[i] == null;
      anyHistogram |= histograms[i] != null;
    }
    return anyFloat && anyHistogram;
  }

  /// Returns the value at the start of the range.
  double left(boolean counter) {
    return isBeforeStart(from) ? between(from, startMillis, counter) : values[from];
  }

  /// Returns the value at the end of the range.
  double right(boolean counter) {
    return isAfterEnd(to - 1) ? between(to - 2, endMillis, counter) : values[to - 1];
  }

  /// Returns the value at a time between sample `first` and the next sample, interpolated. If a
  /// counter was reset between them, assumes that it grew from zero.
  private double between(int first, long millis, boolean counter) {
    double before = values[first];
    double after = values[first + 1];
    if (counter && after < before) {
      before = 0;
    }
    double distance = timestamps[first + 1] - timestamps[first];
    return before + (after - before) * (millis - timestamps[first]) / distance;
  }

  /// Returns the change from the start to the end of the range.
  double change(boolean counter) {
    double left = left(counter);
    double right = right(counter);
    double change = right - left;
    if (!counter) {
      return change;
    }
    double previous = left;
    for (int i = firstInside(); i < insideEnd(); i++) {
      if (values[i] < previous) {
        change += previous;
      }
      previous = values[i];
    }
    return right < previous ? change + previous : change;
  }

  /// Returns the index of the first sample after the start of the range.
  private int firstInside() {
    return timestamps[from] <= startMillis ? from + 1 : from;
  }

  /// Returns the index after the last sample before the end of the range.
  private int insideEnd() {
    return timestamps[to - 1] >= endMillis ? to - 1 : to;
  }

  /// Returns the samples inside the range and one sample at each end.
  SampleWindow extended() {
    var extended = new SampleWindow(size() + 2);
    extended.add(startMillis, left(false));
    for (int i = firstInside(); i < insideEnd(); i++) {
      extended.add(timestamps[i], values[i]);
    }
    extended.add(endMillis, right(false));
    return extended;
  }
}
