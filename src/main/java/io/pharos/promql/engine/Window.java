package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// The samples of one series in a range that ends at one step: the part `[from, to)` of two
/// columns, and of a third where the series has native histograms. One object is reused for all
/// steps of all series.
sealed class Window permits ExtendedWindow {
  long[] timestamps = {};
  double[] values = {};

  /// Null while all samples of the series are floats; null in it where a sample is a float.
  @Nullable Histogram @Nullable [] histograms;

  /// From when on each sample counts; null where nobody knows or asks.
  long @Nullable [] starts;

  int from;
  int to;

  /// The bounds of the range, Unix milliseconds: open on the left.
  long startMillis;

  long endMillis;

  /// The time of the step.
  long evaluationMillis;

  /// The scalar arguments of the call at this step.
  double argument;

  double secondArgument;

  int size() {
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

  /// The i-th histogram; null where the sample is a float.
  @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  /// The same window without its histograms. It has no start timestamps.
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
