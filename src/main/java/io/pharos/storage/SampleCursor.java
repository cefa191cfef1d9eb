package io.pharos.storage;

/// Steps through the samples of selected series. It can stop after any sample and resume there
/// later, so that its cost depends only on the samples that it reads. Not thread-safe; one cursor
/// is used for one series after the other.
///
/// It sees the samples that are in the store when it reaches them, also those added since it
/// stopped, but no samples that were added before its position.
public interface SampleCursor {
  /// Moves before the first sample of the i-th series at or after a time.
  void seek(int i, long fromMillis);

  /// Moves to the position in the i-th series that a cursor saved.
  void resume(int i, SamplePositions places, int slot);

  /// Reads the next sample; staleness markers count.
  ///
  /// @return false if there is no next sample yet or it is not a float
  boolean next();

  /// Whether the next sample is not a float: the series must be read by [SeriesSet#read].
  boolean isBlocked();

  /// Whether samples of the series came out of order and may lie before the position: the series
  /// must be read by [SeriesSet#read] each time.
  default boolean isUnordered() {
    return false;
  }

  /// Unix milliseconds of the current sample.
  long timestamp();

  /// Value of the current sample, bit for bit.
  double value();

  /// Saves the position after the current sample.
  void save(SamplePositions places, int slot);
}
