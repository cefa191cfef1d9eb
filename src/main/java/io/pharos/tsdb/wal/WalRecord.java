package io.pharos.tsdb.wal;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What one record of the log says.
public sealed interface WalRecord {
  /// From here to the end of its segment, `ref` stands for these labels. It is the first record of
  /// a series in each segment.
  record Series(long ref, Labels labels) implements WalRecord {}

  /// From when on series count: the `i`-th one's samples from a time on, up to the next such record
  /// of it. Only the first `count` are valid.
  ///
  /// @param times Unix milliseconds of the first sample that it is said of
  /// @param starts Unix milliseconds, 0 for unknown
  record Starts(int count, long[] refs, long[] times, long[] starts) implements WalRecord {}

  /// Samples of a commit that came out of order and were accepted.
  record Late(Samples samples) implements WalRecord {}

  /// One commit: `count` samples in columns of which only the first `count` are valid.
  ///
  /// @param histograms the samples that are histograms, null where a sample is a float; null if all
  ///   of them are floats
  record Samples(
      int count,
      long[] refs,
      long[] timestamps,
      double[] values,
      @Nullable Histogram @Nullable [] histograms)
      implements WalRecord {
    /// The i-th sample if it is a histogram, else null.
    public @Nullable Histogram histogram(int i) {
      return histograms == null ? null : histograms[i];
    }
  }
}
