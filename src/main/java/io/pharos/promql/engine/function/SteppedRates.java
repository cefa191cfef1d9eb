package io.pharos.promql.engine.function;

import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.storage.SampleWindow;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Computes `rate`, `increase` and `delta` of series of floats at all steps, bit for bit like
/// [Extrapolation], from the first sample, the last sample and the counter resets of each window.
///
/// The samples that a window contains and its extrapolation depend on sample times only. Series of
/// one target have the same sample times, so these values are computed once for all of them.
final class SteppedRates {
  /// Maximum number of cells in the cache, unless a single series has more cells.
  private static final int MAX_CELLS = 1 << 17;

  private static final int MAX_CACHED_TIMES = 64;

  private static final int BYTES_PER_CELL = 2 * Integer.BYTES + 4 * Double.BYTES;

  private final QueryContext context;
  private final long[] ends;
  private final long rangeMillis;
  private final boolean counter;
  private final double perSeconds;
  private final @Nullable Times[] cachedTimes;
  private int next;
  private int[] resets = new int[8];

  /// The windows of series with the same sample times.
  private static final class Times {
    private final long[] timestamps;

    /* For each step: the first and the last sample of the window, the seconds between them, the
     * seconds of extrapolation before and after them, and the factor of the change. */
    private final int[] first;
    private final int[] last;
    private final double[] sampled;
    private final double[] toStart;
    private final double[] toEnd;
    private final double[] factors;
    private long samplesRead;

    private Times(long[] timestamps, int steps) {
      this.timestamps = timestamps;
      first = new int[steps];
      last = new int[steps];
      sampled = new double[steps];
      toStart = new double[steps];
      toEnd = new double[steps];
      factors = new double[steps];
    }

    private boolean equalTimesOf(SampleWindow samples) {
      int size = samples.size();
      return timestamps.length == size
          && (size == 0
              || (timestamps[0] == samples.timestamp(0)
                  && timestamps[size - 1] == samples.timestamp(size - 1)
                  && Arrays.equals(timestamps, 0, size, samples.timestamps(), 0, size)));
    }
  }

  /// Creates a computation for the windows of a call.
  ///
  /// @param ends ends of the windows in Unix milliseconds, ascending
  /// @param counter whether a decrease is a counter reset
  /// @param perSecond whether the result is per second
  SteppedRates(
      QueryContext context, long[] ends, long rangeMillis, boolean counter, boolean perSecond) {
    this.context = context;
    this.ends = ends;
    this.rangeMillis = rangeMillis;
    this.counter = counter;
    this.perSeconds = perSecond ? rangeMillis / 1000.0 : 1;
    this.cachedTimes = new Times[Math.clamp(MAX_CELLS / ends.length, 1, MAX_CACHED_TIMES)];
  }

  /// Computes the cells of a series of floats without staleness markers.
  ///
  /// @return whether any cell has a value
  boolean of(SampleWindow samples, double[] cells) {
    Times times = times(samples);
    context.addSamplesRead(times.samplesRead);
    double[] values = samples.values();
    int resetCount = counter ? findResets(values, samples.size()) : 0;
    int nextReset = 0;
    boolean hasValue = false;
    for (int step = 0; step < ends.length; step++) {
      int first = times.first[step];
      int last = times.last[step];
      if (last <= first) {
        cells[step] = Columns.ABSENT;
        continue;
      }
      hasValue = true;
      double firstValue = values[first];
      double change = values[last] - firstValue;
      double factor = times.factors[step];
      if (counter) {
        while (nextReset < resetCount && resets[nextReset] <= first) {
          nextReset++;
        }
        for (int i = nextReset; i < resetCount && resets[i] <= last; i++) {
          change += values[resets[i] - 1];
        }
        if (change > 0 && firstValue >= 0) {
          double sampled = times.sampled[step];
          double toZero = sampled * (firstValue / change);
          if (toZero < times.toStart[step]) {
            factor = (sampled + toZero + times.toEnd[step]) / sampled / perSeconds;
          }
        }
      }
      cells[step] = change * factor;
    }
    return hasValue;
  }

  /// Finds the samples with a smaller value than the sample before them, stores their indexes, and
  /// returns their number.
  private int findResets(double[] values, int size) {
    int found = 0;
    for (int i = 1; i < size; i++) {
      if (values[i] < values[i - 1]) {
        if (found == resets.length) {
          resets = Arrays.copyOf(resets, found * 2);
        }
        resets[found++] = i;
      }
    }
    return found;
  }

  private Times times(SampleWindow samples) {
    for (Times cached : cachedTimes) {
      if (cached == null) {
        break;
      }
      if (cached.equalTimesOf(samples)) {
        return cached;
      }
    }
    Times replaced = cachedTimes[next];
    if (replaced == null || replaced.timestamps.length != samples.size()) {
      context.holdBytes(
          replaced == null
              ? (long) ends.length * BYTES_PER_CELL + (long) samples.size() * Long.BYTES
              : Math.max(0, samples.size() - replaced.timestamps.length) * (long) Long.BYTES);
    }
    var times = new Times(Arrays.copyOf(samples.timestamps(), samples.size()), ends.length);
    cachedTimes[next] = times;
    next = (next + 1) % cachedTimes.length;
    computeWindows(times);
    return times;
  }

  private void computeWindows(Times times) {
    long[] timestamps = times.timestamps;
    int from = 0;
    int to = 0;
    for (int step = 0; step < ends.length; step++) {
      long end = ends[step];
      long start = end - rangeMillis;
      while (to < timestamps.length && timestamps[to] <= end) {
        to++;
      }
      while (from < to && timestamps[from] <= start) {
        from++;
      }
      times.samplesRead += to - from;
      times.first[step] = from;
      times.last[step] = to - 1;
      if (to - from < 2) {
        continue;
      }
      double sampled = (timestamps[to - 1] - timestamps[from]) / 1000.0;
      double distance = sampled / (to - from - 1);
      double toStart = Extrapolation.extension((timestamps[from] - start) / 1000.0, distance);
      double toEnd = Extrapolation.extension((end - timestamps[to - 1]) / 1000.0, distance);
      times.sampled[step] = sampled;
      times.toStart[step] = toStart;
      times.toEnd[step] = toEnd;
      times.factors[step] = (sampled + toStart + toEnd) / sampled / perSeconds;
    }
  }
}
