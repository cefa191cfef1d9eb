package io.pharos.storage;

/// Steps through the samples of selected series. It can stop after any sample and resume there
/// later, so the effort depends only on the number of samples that are read. Not thread-safe; the
/// cursor is used for one series after the other.
///
/// It reads the samples that are in the store when it reaches them, also those that were added
/// after it stopped. It does not read samples that are added before its position.
public interface SampleCursor {
  /// Moves to the position before the first sample at or after a time in the i-th series.
  void seek(int i, long fromMillis);

  /// Moves to a position in the i-th series that [#save] stored in a slot.
  void resume(int i, SamplePositions positions, int slot);

  /// Reads the next sample, which may be a staleness marker.
  ///
  /// @return false if there is no next sample yet or it is not a float
  boolean next();

  /// Whether the next sample is not a float, so that the series must be read by [SeriesSet#read].
  boolean isBlocked();

  /// Whether the series has out-of-order samples, which may lie before the position. If so, the
  /// series must be read by [SeriesSet#read] each time.
  default boolean isUnordered() {
    return false;
  }

  /// Unix milliseconds of the current sample.
  long timestamp();

  /// Value of the current sample, bit for bit.
  double value();

  /// Saves the position after the current sample in a slot.
  void save(SamplePositions positions, int slot);
}
