package io.pharos.storage;

import io.pharos.model.Labels;

/// Receives events about stored samples: from writers that store regularly and can tell when the
/// next samples are due ([#source]), and from receivers of pushed samples ([#batch]). Thread-safe.
@FunctionalInterface
public interface ArrivalListener {
  /// Ignores all events.
  ArrivalListener IGNORED = (_, _) -> Source.IGNORED;

  /// Registers a source of samples.
  ///
  /// @param labels labels of the source's series
  /// @param onAllSeries true if all series of the source have these labels; false if some may have
  ///   other labels
  Source source(Labels labels, boolean onAllSeries);

  /// Starts a batch of pushed samples that are stored together.
  default Batch batch() {
    return Batch.IGNORED;
  }

  /// A batch of pushed samples. Used by one thread; its methods do not block.
  interface Batch {
    /// Ignores all events.
    Batch IGNORED =
        new Batch() {
          @Override
          public void add(Labels series, long millis, double value) {}

          @Override
          public void stored() {}
        };

    /// Announces a sample of the batch.
    ///
    /// @param series labels with the metric name
    /// @param millis time of the sample, in Unix milliseconds
    /// @param value the float, or the count of a histogram
    void add(Labels series, long millis, double value);

    /// Called when all announced samples are stored and visible to queries.
    void stored();
  }

  /// A source that produces samples regularly. Its methods are called in the order of the samples
  /// and do not block. Times are Unix milliseconds.
  interface Source extends AutoCloseable {
    /// Ignores all events.
    Source IGNORED =
        new Source() {
          @Override
          public void awaits(long millis) {}

          @Override
          public void stored(long millis, long nextMillis, boolean notable) {}

          @Override
          public void close() {}
        };

    /// Called when samples are about to be stored.
    ///
    /// @param millis the earliest time of these samples
    void awaits(long millis);

    /// Called when samples are stored and visible to queries.
    ///
    /// @param millis the time of the samples
    /// @param nextMillis earliest time of the next samples
    /// @param notable whether the source is failing, or was failing before
    void stored(long millis, long nextMillis, boolean notable);

    /// Called when the source ends.
    @Override
    void close();
  }
}
