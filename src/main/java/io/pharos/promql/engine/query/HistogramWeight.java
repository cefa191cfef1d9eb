package io.pharos.promql.engine.query;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;

/// Computes how many samples a histogram counts as for a query's limit on samples.
public final class HistogramWeight {
  /// Size of a float sample in bytes: timestamp and value.
  private static final int BYTES_OF_SAMPLE = 16;

  private HistogramWeight() {}

  /// Returns the number of float samples that the window counts as, judging by its memory.
  public static long of(SampleWindow window) {
    return of(window, 0, window.size());
  }

  /// Returns the number of float samples that the samples `[from, to)` count as.
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

  /// Returns the number of float samples that a histogram counts as, minus one, because the caller
  /// already counts the sample itself.
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
