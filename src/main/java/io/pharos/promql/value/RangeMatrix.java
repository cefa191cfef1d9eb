package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Many samples for each of many series, sorted by labels where the answer of a range query.
public record RangeMatrix(List<Series> series) implements Value {
  public RangeMatrix {
    series = List.copyOf(series);
  }

  @Override
  public String typeName() {
    return "matrix";
  }

  /// One series of a matrix: columns of equal length in time order.
  ///
  /// A sample is a float or a native histogram; the float beside a histogram is a NaN without
  /// meaning, and the column of histograms is null where all are floats.
  ///
  /// The arrays are handed over, not copied; nobody changes them afterwards.
  public record Series(
      Labels labels,
      long[] timestamps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms) {
    public Series {
      requireNonNull(labels, "labels is null");
      if (timestamps.length != values.length) {
        throw new IllegalArgumentException(
            timestamps.length + " timestamps for " + values.length + " values");
      }
      if (histograms != null && histograms.length != timestamps.length) {
        throw new IllegalArgumentException(
            timestamps.length + " timestamps for " + histograms.length + " histograms");
      }
    }

    /// A series of floats.
    public Series(Labels labels, long[] timestamps, double[] values) {
      this(labels, timestamps, values, null);
    }

    /// The i-th histogram; null where the sample is a float.
    public @Nullable Histogram histogram(int i) {
      return histograms == null ? null : histograms[i];
    }

    public int size() {
      return timestamps.length;
    }
  }
}
