package io.pharos.tsdb.wal;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

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

  /// A commit: samples in columns, of which only the first `count` are valid.
  ///
  /// @param histograms the samples that are histograms, null where a sample is a float; null if all
  ///   are floats
  record Samples(
      int count,
      long[] refs,
      long[] timestamps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms)
      implements WalRecord {
    /// The i-th sample if it is a histogram, or null.
    public @Nullable Histogram histogram(int i) {
      return histograms == null ? null : histograms[i];
    }
  }
}
