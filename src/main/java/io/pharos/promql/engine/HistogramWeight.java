package io.pharos.promql.engine;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;

/// How much a histogram counts against the bound on samples that a query may hold.
final class HistogramWeight {
  /// What a float sample takes: its timestamp and its value.
  private static final int BYTES_OF_SAMPLE = 16;

  private HistogramWeight() {}

  /// What the samples of a window weigh, in float samples.
  static long of(SampleWindow window) {
    return of(window, 0, window.size());
  }

  /// As [#of(SampleWindow)], of the samples `[from, to)`.
  static long of(SampleWindow window, int from, int to) {
    long weight = (long) to - from;
    if (window.hasHistograms()) {
      for (int i = from; i < to; i++) {
        Histogram histogram = window.histogram(i);
        weight += histogram == null ? 0 : beyondFloat(histogram);
      }
    }
    return weight;
  }

  /// In float samples, one less than the whole: the sample itself is counted with the others.
  static long beyondFloat(Histogram histogram) {
    long numbers =
        6L
            + histogram.positive().size()
            + histogram.positive().spans().size()
            + histogram.negative().size()
            + histogram.negative().spans().size();
    return numbers * Double.BYTES / BYTES_OF_SAMPLE;
  }
}
