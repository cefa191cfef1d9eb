package io.pharos.remote.write;

import io.pharos.model.Labels;
import java.util.List;
import java.util.Optional;

/// A series of a request with its samples.
///
/// @param timestamps Unix milliseconds, one per value
/// @param values the values; the bits of a NaN are kept
/// @param starts since when each value counts, in Unix milliseconds; 0 if unknown
record WriteSeries(
    SeriesLabels labels,
    long[] timestamps,
    double[] values,
    long[] starts,
    List<WriteHistogram> histograms,
    List<WriteExemplar> exemplars,
    Optional<FamilyMetadata> metadata) {
  WriteSeries {
    if (timestamps.length != values.length) {
      throw new IllegalArgumentException(
          timestamps.length + " timestamps for " + values.length + " values");
    }
    histograms = List.copyOf(histograms);
    exemplars = List.copyOf(exemplars);
  }

  /// The labels of a series as sent: valid, or the reason why they are not.
  sealed interface SeriesLabels {
    record Valid(Labels labels) implements SeriesLabels {}

    record Invalid(String reason) implements SeriesLabels {}
  }
}
