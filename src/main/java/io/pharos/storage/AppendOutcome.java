package io.pharos.storage;

/// What became of one appended sample.
public enum AppendOutcome {
  APPENDED,
  /// The same timestamp and value as the series' last sample: nothing to do.
  DUPLICATE,
  /// The series already has another value at this timestamp.
  DUPLICATE_TIMESTAMP,
  /// Older than the series' last sample, and the store takes no such samples.
  OUT_OF_ORDER,
  /// Older than the store accepts for any series.
  TOO_OLD,
  /// Older than the series' last sample, and the store holds as many such samples as it may.
  LATE_LIMIT,
  /// It would have begun a series, and the store holds as many as it may.
  SERIES_LIMIT
}
