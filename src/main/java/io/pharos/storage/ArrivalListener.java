package io.pharos.storage;

import io.pharos.model.Labels;

/// Learns of samples that were stored: from whoever stores some again and again and knows when the
/// next will come ([#source]), and from whoever stores what others push ([#batch]). Thread-safe.
@FunctionalInterface
public interface ArrivalListener {
  /// Nobody wants to know.
  ArrivalListener IGNORED = (_, _) -> Source.IGNORED;

  /// Something that gives samples from now on.
  ///
  /// @param labels what its series have
  /// @param only whether all of them have these; else there may be some of any labels
  Source source(Labels labels, boolean only);

  /// Samples that others send when they like, and that are stored together.
  default Batch batch() {
    return Batch.IGNORED;
  }

  /// What was pushed. Belongs to one thread; its methods return at once.
  interface Batch {
    /// One that nobody listens to.
    Batch IGNORED =
        new Batch() {
          @Override
          public void add(Labels series, long millis, double value) {}

          @Override
          public void stored() {}
        };

    /// A sample is among them.
    ///
    /// @param series with its metric name
    /// @param millis its time, in Unix milliseconds
    /// @param value of a histogram its count
    void add(Labels series, long millis, double value);

    /// All that were added are stored: whoever selects finds them.
    void stored();
  }

  /// What gives samples from time to time. Its methods are called in the order of its samples, and
  /// return at once. Times are Unix milliseconds.
  interface Source extends AutoCloseable {
    /// One that nobody listens to.
    Source IGNORED =
        new Source() {
          @Override
          public void awaits(long millis) {}

          @Override
          public void stored(long millis, long nextMillis, boolean notable) {}

          @Override
          public void close() {}
        };

    /// Samples are to come.
    ///
    /// @param millis the time that they will have at least
    void awaits(long millis);

    /// Samples were stored: whoever selects finds them.
    ///
    /// @param millis their time
    /// @param nextMillis the time at least that the next will have
    /// @param notable whether the source is not well, or was not before
    void stored(long millis, long nextMillis, boolean notable);

    /// No more samples will come.
    @Override
    void close();
  }
}
