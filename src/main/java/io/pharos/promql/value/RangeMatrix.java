package io.pharos.promql.value;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Many samples for each of many series. The result of a range query is sorted by labels.
public record RangeMatrix(List<Series> series) implements Value {
  public RangeMatrix {
    series = List.copyOf(series);
  }

  /// Returns the samples at one time.
  public InstantVector at(long millis) {
    var vector = InstantVector.builder(millis);
    for (Series one : series) {
      int i = Arrays.binarySearch(one.timestamps, millis);
      if (i >= 0) {
        vector.add(one.labels, one.values[i], one.histogram(i));
      }
    }
    return vector.build();
  }

  @Override
  public String typeName() {
    return "matrix";
  }

  /// One series: columns of equal length in time order.
  ///
  /// A sample is a float or a native histogram; the float of a histogram sample is an unspecified
  /// NaN. The histogram column is null if all samples are floats. The arrays are not copied and
  /// must not be modified.
  public record Series(
      Labels labels,
      long[] timestamps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    public Series {
      if (timestamps.length != values.length) {
        throw new IllegalArgumentException(
            "found %d timestamps, but %d values".formatted(timestamps.length, values.length));
      }
      if (histograms != null && histograms.length != timestamps.length) {
        throw new IllegalArgumentException(
            "found %d timestamps, but %d elements for histograms"
                .formatted(timestamps.length, histograms.length));
      }
    }

    /// Creates a series of floats.
    public Series(Labels labels, long[] timestamps, double[] values) {
      this(labels, timestamps, values, null);
    }

    /// Returns the histogram of sample `i`, or null if the sample is a float.
    public @Nullable Histogram histogram(int i) {
      return histograms == null ? null : histograms[i];
    }

    /// Returns the number of samples.
    public int size() {
      return timestamps.length;
    }
  }
}
