package io.pharos.tsdb.wal;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;

/// The content of one record of the log.
public sealed interface WalRecord {
  /// Defines a reference: from here to the end of the segment, `ref` means the series with these
  /// labels. In each segment, this record precedes the samples of the series.
  record Series(long ref, Labels labels) implements WalRecord {}

  /// The i-th start timestamp applies to the i-th series, from the i-th time until another record
  /// changes it. Only the first `count` elements of the arrays are valid.
  ///
  /// @param times Unix milliseconds of the first affected sample
  /// @param starts Unix milliseconds, 0 for unknown
  record Starts(int count, long[] refs, long[] times, long[] starts) implements WalRecord {}

  /// Accepted out-of-order samples of a commit.
  record Late(Samples samples) implements WalRecord {}

  /// The samples of a commit.
  ///
  /// @param refs references of the series, one for each sample; further elements are invalid
  record Samples(long[] refs, SampleWindow samples) implements WalRecord {}
}
