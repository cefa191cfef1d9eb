package io.pharos.promql.engine.query;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;

/// Counts histograms against the limit on samples of a query.
public final class HistogramWeight {
  /// Size of a float sample: timestamp and value.
  private static final int BYTES_OF_SAMPLE = 16;

  private HistogramWeight() {}

  /// Returns the weight of a window in float samples.
  public static long of(SampleWindow window) {
    return of(window, 0, window.size());
  }

  /// Returns the weight of the samples `[from, to)` in float samples.
  public static long of(SampleWindow window, int from, int to) {
    long weight = (long) to - from;
    if (window.hasHistograms()) {
      for (int i = from; i < to; i++) {
        Histogram histogram = window.histogram(i);
        weight += histogram == null ? 0 : beyondFloat(histogram);
      }
    }
    return weight;
  }

  /// Returns the weight in float samples minus one, because the sample itself is counted
  /// separately.
  public static long beyondFloat(Histogram histogram) {
    long numbers =
        6L
            + histogram.positive().size()
            + histogram.positive().spans().size()
            + histogram.negative().size()
            + histogram.negative().spans().size();
    return numbers * Double.BYTES / BYTES_OF_SAMPLE;
  }
}
