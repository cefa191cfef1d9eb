package io.pharos.promql.engine.function;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// The samples of one series in a range that ends at a step: the part `[from, to)` of two columns,
/// and of a third if the series has native histograms. One object is reused for all steps of all
/// series.
public sealed class Window permits ExtendedWindow {
  public long[] timestamps = {};
  public double[] values = {};

  /// Null if all samples of the series are floats; elements are null for floats.
  @Nullable Histogram @Nullable [] histograms;

  /// Start timestamp of each sample; null if unknown or unused.
  long @Nullable [] starts;

  public int from;
  public int to;

  /// Bounds of the range in Unix milliseconds; the start is exclusive.
  public long startMillis;

  public long endMillis;

  /// Time of the step.
  public long evaluationMillis;

  /// Scalar arguments of the call at this step.
  double argument;

  double secondArgument;

  /// Number of samples.
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

  /// Returns the window without histograms and start timestamps.
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

  /// Whether a counter was reset between a sample and the previous one, by its start timestamp.
  final boolean isReset(int i) {
    return starts != null && isReset(starts[i - 1], timestamps[i - 1], starts[i], timestamps[i]);
  }

  private static boolean isReset(long previousStart, long previous, long start, long time) {
    // unknown, or invalid because it is after the sample, or equal to it, which means unknown in
    // OpenTelemetry
    if (start == 0 || start >= time || start < previous) {
      return false;
    }
    // at the previous sample: a delta, unless the previous start is unknown in one of those ways
    return start > previous || (previousStart != 0 && previousStart < previous);
  }

  /// Whether a sample's start is before the previous sample but differs from that sample's start.
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

  /// Returns the histogram `i`, where there are no floats.
  final Histogram onlyHistogram(int i) {
    Histogram histogram = histogram(i);
    if (histogram == null) {
      throw new IllegalStateException("a float in a window of histograms");
    }
    return histogram;
  }
}
