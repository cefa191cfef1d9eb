package io.pharos.promql.engine.query;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;

/// Computes the weight of histograms for a query's limit on samples. The weight is the number of
/// float samples that need the same memory.
public final class HistogramWeight {
  /// Size of a float sample in bytes: timestamp and value.
  private static final int BYTES_OF_SAMPLE = 16;

  private HistogramWeight() {}

  /// Returns the weight of all samples in a window. A float sample has the weight 1.
  public static long of(SampleWindow window) {
    return of(window, 0, window.size());
  }

  /// Returns the weight of the samples `[from, to)` in a window.
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

  /// Returns the weight of a histogram minus 1. The caller counts this 1, as for a float sample.
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
