package io.pharos.tsdb.chunk;

import static java.util.Objects.requireNonNull;

import io.pharos.storage.SampleWindow;

/// A finished run of samples.
///
/// @param kind what the samples are
/// @param minTime Unix milliseconds of the first sample
/// @param maxTime Unix milliseconds of the last sample
/// @param count the number of samples, at least 1
/// @param data the encoded samples; never changed after construction
public record Chunk(SampleKind kind, long minTime, long maxTime, int count, byte[] data) {
  public Chunk {
    requireNonNull(kind, "kind is null");
    if (count < 1 || maxTime < minTime) {
      throw new IllegalArgumentException(
          "a chunk of " + count + " samples from " + minTime + " to " + maxTime);
    }
  }

  /// Appends the samples of the closed interval to the window.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when the data can't be a chunk of histograms
  public void read(long fromMillis, long toMillis, SampleWindow window) {
    if (maxTime >= fromMillis && minTime <= toMillis) {
      read(kind, data, count, fromMillis, toMillis, window);
    }
  }

  /// Appends those of the first `count` encoded samples that lie in the closed interval to the
  /// window.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when the data can't be a chunk of histograms
  public static void read(
      SampleKind kind,
      byte[] data,
      int count,
      long fromMillis,
      long toMillis,
      SampleWindow window) {
    switch (kind) {
      case FLOAT -> FloatDecoder.read(data, count, fromMillis, toMillis, window);
      case HISTOGRAM -> new HistogramDecoder(data).read(count, fromMillis, toMillis, window);
    }
  }
}
