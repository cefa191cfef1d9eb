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
}
