package io.pharos.storage;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// A batch of samples. [#commit] makes it visible and durable; [#rollback], or closing it without a
/// commit, discards it.
public interface Appender extends AutoCloseable {
  /// Counts the series of this batch as those of one source, which may use only its share of the
  /// store's limit on series. Stores without a limit ignore it.
  default void share(SeriesShare share) {}

  /// Lets new series of the next samples use the room that the store reserves for the results of
  /// scrapes and for alerts, without which Pharos would be blind. Stores without a limit ignore it.
  default void useReserve() {}

  /// Adds a sample. If it is refused, other samples of the batch are not affected.
  ///
  /// @param labels labels of the series, with its metric name
  /// @param timestampMillis time of the sample in Unix milliseconds
  /// @param value stored bit for bit, also for NaN
  /// @param startMillis start timestamp of the sample: Unix milliseconds at which counting began,
  ///   or 0 if unknown. Stores without start timestamps ignore it
  AppendOutcome append(Labels labels, long timestampMillis, double value, long startMillis);

  /// Adds a native histogram, with the same rules as for floats. A series may contain floats and
  /// histograms at different times. Prometheus ends a series of histograms with a histogram whose
  /// sum is the staleness marker; such a histogram is stored as a float, the marker.
  ///
  /// The store computes the reset hints for readers, see [ResetHints]. Two histograms that differ
  /// only in the hint are duplicates.
  AppendOutcome append(Labels labels, long timestampMillis, Histogram histogram, long startMillis);

  /// Adds a sample with an unknown start timestamp.
  default AppendOutcome append(Labels labels, long timestampMillis, double value) {
    return append(labels, timestampMillis, value, 0);
  }

  /// Adds a native histogram with an unknown start timestamp.
  default AppendOutcome append(Labels labels, long timestampMillis, Histogram histogram) {
    return append(labels, timestampMillis, histogram, 0);
  }

  /// Adds the histogram if there is one, otherwise the float.
  default AppendOutcome append(
      Labels labels, long timestampMillis, double value, @Nullable Histogram histogram) {
    return histogram == null
        ? append(labels, timestampMillis, value)
        : append(labels, timestampMillis, histogram);
  }

  /// Like [#append(Labels, long, double)], for a writer that reuses its series objects.
  default AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
    return append(series.labels(), timestampMillis, value);
  }

  /// Like [#append(Labels, long, Histogram)], for a writer that reuses its series objects.
  default AppendOutcome append(WrittenSeries series, long timestampMillis, Histogram histogram) {
    return append(series.labels(), timestampMillis, histogram);
  }

  /// Adds one value for each series of a row, for a writer that always writes all series of the row
  /// together. Must be the first call on the batch.
  ///
  /// @param values one value for each series, in the order of the row; the array is copied
  /// @return false if nothing was added because the store cannot add the row as a whole. The caller
  ///   then adds the samples one by one to get their outcomes
  default boolean append(SeriesRow row, long timestampMillis, double[] values) {
    return false;
  }

  /// Sets the start timestamp of the newest sample of a series in this batch. Stores without start
  /// timestamps ignore it.
  ///
  /// @param startMillis Unix milliseconds at which counting began, or 0 if unknown
  default void start(WrittenSeries series, long startMillis) {}

  /// Whether the store stores start timestamps.
  default boolean keepsStarts() {
    return false;
  }

  /// Adds an exemplar of a series. Stores without exemplars ignore it. Exemplars are less durable
  /// than samples; if one is refused, samples and other exemplars are not affected.
  ///
  /// @param labels labels of the series, with its metric name
  default Exemplar.Outcome append(Labels labels, Exemplar exemplar) {
    return Exemplar.Outcome.NOT_KEPT;
  }

  /// Makes the batch visible and durable.
  ///
  /// @throws java.io.UncheckedIOException if the write-ahead log cannot be written; then no sample
  ///   of the batch is visible
  void commit();

  /// Discards the batch.
  void rollback();

  /// Discards all samples that were not committed.
  @Override
  void close();
}
