package io.pharos.tsdb.wal;

import io.pharos.model.Labels;

/// What one record of the log says.
public sealed interface WalRecord {
  /// From here to the end of its segment, `ref` stands for these labels. It is the first record of
  /// a series in each segment.
  record Series(long ref, Labels labels) implements WalRecord {}

  /// One commit: `count` samples in columns of which only the first `count` are valid.
  record Samples(int count, long[] refs, long[] timestamps, double[] values) implements WalRecord {}
}
