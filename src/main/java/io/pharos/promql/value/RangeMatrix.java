package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.util.List;

/// Many samples for each of many series, sorted by labels where the answer of a range query.
public record RangeMatrix(List<Series> series) implements Value {
  public RangeMatrix {
    series = List.copyOf(series);
  }

  @Override
  public String typeName() {
    return "matrix";
  }

  /// One series of a matrix: two columns of equal length in time order.
  ///
  /// The arrays are handed over, not copied; nobody changes them afterwards.
  public record Series(Labels labels, long[] timestamps, double[] values) {
    public Series {
      requireNonNull(labels, "labels is null");
      if (timestamps.length != values.length) {
        throw new IllegalArgumentException(
            timestamps.length + " timestamps for " + values.length + " values");
      }
    }

    public int size() {
      return timestamps.length;
    }
  }
}
