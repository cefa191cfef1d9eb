package io.pharos.tsdb.chunk;

import io.pharos.storage.SampleWindow;

/// A finished run of samples.
///
/// @param minTime Unix milliseconds of the first sample
/// @param maxTime Unix milliseconds of the last sample
/// @param count the number of samples, at least 1
/// @param data the encoded samples; never changed after construction
public record Chunk(long minTime, long maxTime, int count, byte[] data) {
  public Chunk {
    if (count < 1 || maxTime < minTime) {
      throw new IllegalArgumentException(
          "a chunk of " + count + " samples from " + minTime + " to " + maxTime);
    }
  }

  /// Appends the samples of the closed interval to the window.
  public void read(long fromMillis, long toMillis, SampleWindow window) {
    if (maxTime >= fromMillis && minTime <= toMillis) {
      ChunkDecoder.read(data, count, fromMillis, toMillis, window);
    }
  }
}
