package io.pharos.storage;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;

/// One batch of samples: visible to readers and durable after [#commit], gone after [#rollback] or
/// when closed without either.
public interface Appender extends AutoCloseable {
  /// Adds a sample to the batch. A refusal concerns this sample alone; the batch goes on.
  ///
  /// @param labels the series, with its metric name
  /// @param value the value; the bits of a NaN are kept
  AppendOutcome append(Labels labels, long timestampMillis, double value);

  /// Adds a native histogram to the batch, under the same terms as a float. A series may hold both,
  /// at different times. A series of histograms goes stale by a float, the staleness marker; a
  /// histogram whose sum is that marker, which is how Prometheus ends a series of histograms, is
  /// stored as the float.
  ///
  /// The reset hint that readers get is the store's own, see [ResetHints]; two histograms that
  /// differ in nothing but the hint are the same.
  AppendOutcome append(Labels labels, long timestampMillis, Histogram histogram);

  /// As [#append(Labels, long, double)], for a writer that comes again.
  default AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
    return append(series.labels(), timestampMillis, value);
  }

  /// As [#append(Labels, long, Histogram)], for a writer that comes again.
  default AppendOutcome append(WrittenSeries series, long timestampMillis, Histogram histogram) {
    return append(series.labels(), timestampMillis, histogram);
  }

  /// As many times [#append(WrittenSeries, long, double)], for a writer that comes with all of the
  /// series again; to be called before anything else is added to the batch.
  ///
  /// @param values one for each series of the row, in its order; copied
  /// @return false where nothing was added, because the store can't take the row as a whole: the
  ///   samples are to be added one by one, which tells what is wrong with which
  default boolean append(SeriesRow row, long timestampMillis, double[] values) {
    return false;
  }

  /// As [#append(Labels, long, double)], of a sample that counts from a start timestamp on. Stores
  /// that keep no start timestamps leave it out.
  default AppendOutcome append(
      Labels labels, long timestampMillis, double value, long startMillis) {
    return append(labels, timestampMillis, value);
  }

  /// As [#append(Labels, long, Histogram)], under the same terms.
  default AppendOutcome append(
      Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
    return append(labels, timestampMillis, histogram);
  }

  /// Says from when on the newest sample of a series in this batch counts. Stores that keep no
  /// start timestamps leave it out.
  ///
  /// @param startMillis Unix milliseconds, 0 for unknown
  default void start(WrittenSeries series, long startMillis) {}

  /// Whether the store keeps start timestamps.
  default boolean keepsStarts() {
    return false;
  }

  /// Adds an exemplar of a series to the batch. Stores that keep none leave it out. It is not as
  /// durable as samples are, and a refusal concerns nothing else.
  ///
  /// @param labels the series, with its metric name
  default ExemplarOutcome append(Labels labels, Exemplar exemplar) {
    return ExemplarOutcome.NOT_KEPT;
  }

  /// Makes the batch visible and durable.
  ///
  /// @throws java.io.UncheckedIOException when the write-ahead log can't be written; then nothing
  ///   of the batch is visible
  void commit();

  void rollback();

  /// Rolls back what was not committed.
  @Override
  void close();
}
