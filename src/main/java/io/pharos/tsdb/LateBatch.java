package io.pharos.tsdb;

import static java.util.Comparator.comparingInt;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The samples of a batch that cannot be appended to their series in order, in the order of
/// arrival. Used by one thread.
final class LateBatch {
  private final List<HeadSeries> series = new ArrayList<>();
  private final SampleWindow samples = new SampleWindow(64);

  /// @param histogram the sample, or null if it is the float
  void add(HeadSeries of, long timestampMillis, double value, @Nullable Histogram histogram) {
    series.add(of);
    if (histogram == null) {
      samples.add(timestampMillis, value);
    } else {
      samples.add(timestampMillis, histogram);
    }
  }

  /// The same samples grouped by series and sorted by time, which the log encodes in fewer bytes.
  LateBatch sorted() {
    var ranks = new HashMap<HeadSeries, Integer>();
    var places = new ArrayList<Integer>(size());
    for (int i = 0; i < size(); i++) {
      ranks.putIfAbsent(series.get(i), i);
      places.add(i);
    }
    places.sort(
        comparingInt((Integer i) -> ranks.getOrDefault(series.get(i), 0))
            .thenComparingLong(samples::timestamp));
    var sorted = new LateBatch();
    for (int i : places) {
      sorted.add(series.get(i), samples.timestamp(i), samples.value(i), samples.histogram(i));
    }
    return sorted;
  }

  /// Number of samples.
  int size() {
    return series.size();
  }

  /// The series of the i-th sample.
  HeadSeries series(int i) {
    return series.get(i);
  }

  /// The samples; not sorted by time.
  SampleWindow samples() {
    return samples;
  }
}
