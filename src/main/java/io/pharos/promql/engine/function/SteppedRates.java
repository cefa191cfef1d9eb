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
  /// Maximum number of cells in the cache; exceeded only if a single series has more.
  private static final int MAX_CELLS = 1 << 17;

  private static final int MAX_KNOWN = 64;

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
    private long touched;

    private Times(long[] timestamps, int steps) {
      this.timestamps = timestamps;
      first = new int[steps];
      last = new int[steps];
      sampled = new double[steps];
      toStart = new double[steps];
      toEnd = new double[steps];
      factors = new double[steps];
    }

    private boolean areOf(SampleWindow samples) {
      int size = samples.size();
      return timestamps.length == size
          && (size == 0
              || (timestamps[0] == samples.timestamp(0)
                  && timestamps[size - 1] == samples.timestamp(size - 1)
                  && Arrays.equals(timestamps, 0, size, samples.timestamps(), 0, size)));
    }
  }

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
    this.cachedTimes = new Times[Math.clamp(MAX_CELLS / ends.length, 1, MAX_KNOWN)];
  }

  /// Computes the cells of a series of floats without staleness markers.
  ///
  /// @return whether any cell has a value
  boolean of(SampleWindow samples, double[] cells) {
    Times times = times(samples);
    context.touch(times.touched);
    double[] values = samples.values();
    int falls = counter ? findResets(values, samples.size()) : 0;
    int past = 0;
    boolean any = false;
    for (int step = 0; step < ends.length; step++) {
      int first = times.first[step];
      int last = times.last[step];
      if (last <= first) {
        cells[step] = Columns.ABSENT;
        continue;
      }
      any = true;
      double begin = values[first];
      double change = values[last] - begin;
      double factor = times.factors[step];
      if (counter) {
        while (past < falls && resets[past] <= first) {
          past++;
        }
        for (int i = past; i < falls && resets[i] <= last; i++) {
          change += values[resets[i] - 1];
        }
        if (change > 0 && begin >= 0) {
          double sampled = times.sampled[step];
          double toZero = sampled * (begin / change);
          if (toZero < times.toStart[step]) {
            factor = (sampled + toZero + times.toEnd[step]) / sampled / perSeconds;
          }
        }
      }
      cells[step] = change * factor;
    }
    return any;
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
    for (Times one : cachedTimes) {
      if (one == null) {
        break;
      }
      if (one.areOf(samples)) {
        return one;
      }
    }
    Times made = cachedTimes[next];
    if (made == null || made.timestamps.length != samples.size()) {
      context.holdBytes(
          made == null
              ? (long) ends.length * BYTES_PER_CELL + (long) samples.size() * Long.BYTES
              : Math.max(0, samples.size() - made.timestamps.length) * (long) Long.BYTES);
    }
    made = new Times(Arrays.copyOf(samples.timestamps(), samples.size()), ends.length);
    cachedTimes[next] = made;
    next = (next + 1) % cachedTimes.length;
    computeWindows(made);
    return made;
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
      times.touched += to - from;
      times.first[step] = from;
      times.last[step] = to - 1;
      if (to - from < 2) {
        continue;
      }
      double sampled = (timestamps[to - 1] - timestamps[from]) / 1000.0;
      double distance = sampled / (to - from - 1);
      double toStart = Extrapolation.guess((timestamps[from] - start) / 1000.0, distance);
      double toEnd = Extrapolation.guess((end - timestamps[to - 1]) / 1000.0, distance);
      times.sampled[step] = sampled;
      times.toStart[step] = toStart;
      times.toEnd[step] = toEnd;
      times.factors[step] = (sampled + toStart + toEnd) / sampled / perSeconds;
    }
  }
}
