package io.pharos.tsdb.wal;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;

/// The content of one record of the log.
public sealed interface WalRecord {
  /// Defines a reference: from here to the end of the segment, `ref` means these labels. Precedes
  /// the samples of a series in each segment.
  record Series(long ref, Labels labels) implements WalRecord {}

  /// Start timestamps: of the `i`-th series, for its samples from a time up to the next such
  /// record. Only the first `count` are valid.
  ///
  /// @param times Unix milliseconds of the first affected sample
  /// @param starts Unix milliseconds, 0 for unknown
  record Starts(int count, long[] refs, long[] times, long[] starts) implements WalRecord {}

  /// Accepted out-of-order samples of a commit.
  record Late(Samples samples) implements WalRecord {}

  /// The samples of a commit.
  ///
  /// @param refs references of the series; only as many as there are samples are valid
  record Samples(long[] refs, SampleWindow samples) implements WalRecord {}
}
