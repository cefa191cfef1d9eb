package io.pharos.tsdb;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The samples of a batch that can't go behind those of their series, in the order in which they
/// came. Used by one thread.
final class LateBatch {
  private final List<HeadSeries> series = new ArrayList<>();
  private final SampleWindow samples = new SampleWindow(64);

  /// @param histogram the sample, or null where it is the float
  void add(HeadSeries of, long timestampMillis, double value, @Nullable Histogram histogram) {
    series.add(of);
    if (histogram == null) {
      samples.add(timestampMillis, value);
    } else {
      samples.add(timestampMillis, histogram);
    }
  }

  int size() {
    return series.size();
  }

  HeadSeries series(int i) {
    return series.get(i);
  }

  /// The samples; their order is not that of time.
  SampleWindow samples() {
    return samples;
  }
}
