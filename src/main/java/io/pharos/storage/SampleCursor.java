package io.pharos.storage;

/// Goes through the samples of selected series one by one, forwards, and can stop behind any and go
/// on from there at a later time: what it costs is the samples that it passes. Not thread-safe; one
/// cursor is used for one series after the other.
///
/// It sees the samples that are in the store when it comes to them, so those too that came since it
/// stopped; of samples that came before its place it sees nothing.
public interface SampleCursor {
  /// Stands before the first sample of the i-th series that is not before a time.
  void seek(int i, long fromMillis);

  /// Stands in the i-th series where a cursor stood that saved its place.
  void resume(int i, SamplePositions places, int slot);

  /// Passes the next sample, staleness markers included.
  ///
  /// @return false where there is none now, or none that is a float
  boolean next();

  /// Whether what comes next is no float: the series is to be read by [SeriesSet#read].
  boolean isBlocked();

  /// Whether samples of the series came out of order, so that some may lie before its place: the
  /// series is to be read by [SeriesSet#read], each time.
  default boolean isUnordered() {
    return false;
  }

  /// Unix milliseconds of the sample that was passed last.
  long timestamp();

  /// The value of the sample that was passed last, bit for bit.
  double value();

  /// Keeps the place behind the sample that was passed last.
  void save(SamplePositions places, int slot);
}
