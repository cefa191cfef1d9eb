package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// The samples of one series in a range that ends at a step: the part `[from, to)` of the arrays of
/// times, values and histograms. One object is used for all steps of all series.
public sealed class Window permits ExtendedWindow {
  public long[] timestamps = {};
  public double[] values = {};

  /// Histograms of the samples; an element is null for a float. Null if all samples are floats.
  @Nullable Histogram @Nullable [] histograms;

  /// Start timestamps of the samples in Unix milliseconds. Null if unknown or unused.
  long @Nullable [] starts;

  public int from;
  public int to;

  /// Start of the range in Unix milliseconds, exclusive.
  public long startMillis;

  /// End of the range in Unix milliseconds, inclusive.
  public long endMillis;

  /// Time of the step in Unix milliseconds.
  public long evaluationMillis;

  /// First scalar argument of the call at this step.
  double argument;

  /// Second scalar argument of the call at this step.
  double secondArgument;

  /// Returns the number of samples.
  public int size() {
    return to - from;
  }

  boolean hasHistogram() {
    if (histograms != null) {
      for (int i = from; i < to; i++) {
        if (histograms[i] != null) {
          return true;
        }
      }
    }
    return false;
  }

  /// Returns histogram `i`, or null for a float.
  @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  /// Returns a window with the floats only, without start timestamps.
  Window floats() {
    var floats = new Window();
    floats.timestamps = new long[size()];
    floats.values = new double[size()];
    for (int i = from; i < to; i++) {
      if (histogram(i) == null) {
        floats.timestamps[floats.to] = timestamps[i];
        floats.values[floats.to++] = values[i];
      }
    }
    floats.startMillis = startMillis;
    floats.endMillis = endMillis;
    floats.evaluationMillis = evaluationMillis;
    floats.argument = argument;
    floats.secondArgument = secondArgument;
    return floats;
  }

  double first() {
    return values[from];
  }

  double last() {
    return values[to - 1];
  }

  long firstMillis() {
    return timestamps[from];
  }

  long lastMillis() {
    return timestamps[to - 1];
  }

  /// Returns whether the start timestamp of sample `i` shows that a counter was reset between the
  /// previous sample and this one.
  final boolean isReset(int i) {
    return starts != null && isReset(starts[i - 1], timestamps[i - 1], starts[i], timestamps[i]);
  }

  private static boolean isReset(long previousStart, long previous, long start, long time) {
    // the start is unknown (0, or the sample's own time as in OpenTelemetry), or it is invalid
    // (after the sample, or before the previous sample)
    if (start == 0 || start >= time || start < previous) {
      return false;
    }
    // a sample that starts at the time of the previous sample is a delta, so the counter was reset,
    // unless the start of the previous sample is unknown or invalid
    return start > previous || (previousStart != 0 && previousStart < previous);
  }

  /// Returns whether any sample starts before the time of the previous sample, although the two
  /// samples have different starts.
  final boolean anyStartsOverlap() {
    for (int i = from + 1; starts != null && i < to; i++) {
      if (starts[i] != 0 && starts[i] < timestamps[i - 1] && starts[i] != starts[i - 1]) {
        return true;
      }
    }
    return false;
  }

  /// Returns the start timestamp of the first sample if it is inside the window, else zero.
  final long firstStart() {
    long start = starts == null ? 0 : starts[from];
    return start > startMillis && start < firstMillis() ? start : 0;
  }

  /// Returns histogram `i` of a window that contains no floats.
  final Histogram onlyHistogram(int i) {
    Histogram histogram = histogram(i);
    if (histogram == null) {
      throw new IllegalStateException("expected only histograms in the window, found a float");
    }
    return histogram;
  }
}
