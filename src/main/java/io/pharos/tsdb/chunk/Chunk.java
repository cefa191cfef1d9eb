package io.pharos.tsdb.chunk;

import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;

/// A finished chunk of samples.
///
/// @param encoding encoding of the samples
/// @param minTime Unix milliseconds of the first sample
/// @param maxTime Unix milliseconds of the last sample
/// @param count number of samples, at least 1
/// @param data encoded samples; never changed after construction
public record Chunk(Encoding encoding, long minTime, long maxTime, int count, byte[] data) {
  public Chunk {
    if (count < 1 || maxTime < minTime) {
      throw new IllegalArgumentException(
          "a chunk of " + count + " samples from " + minTime + " to " + maxTime);
    }
  }

  /// Appends the samples of the closed interval to the window.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when the data is malformed
  public void read(long fromMillis, long toMillis, SampleWindow window) {
    if (maxTime >= fromMillis && minTime <= toMillis) {
      read(encoding, data, count, fromMillis, toMillis, window);
    }
  }

  /// Appends those of the first `count` encoded samples to the window that lie in the closed
  /// interval.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when the data is malformed
  public static void read(
      Encoding encoding,
      byte[] data,
      int count,
      long fromMillis,
      long toMillis,
      SampleWindow window) {
    switch (encoding) {
      case FLOATS -> FloatDecoder.read(data, count, fromMillis, toMillis, window);
      case HISTOGRAMS -> new HistogramDecoder(data).read(count, fromMillis, toMillis, window);
      case PACKED -> PackedFloats.read(data, count, fromMillis, toMillis, window);
    }
  }

  /// Encoding of the samples of a chunk (`docs/format/chunk.md`).
  public enum Encoding {
    /// Floats, each as the difference from the one before.
    FLOATS(0),
    /// Native histograms, encoded like [#FLOATS].
    HISTOGRAMS(1),
    /// Decimal floats, as integers of a fixed width.
    PACKED(2);

    private final int code;

    Encoding(int code) {
      this.code = code;
    }

    /// The code in files.
    public int code() {
      return code;
    }

    /// The encoding of a code in files.
    ///
    /// @throws CorruptDataException when the code is unknown
    public static Encoding of(int code) {
      return switch (code) {
        case 0 -> FLOATS;
        case 1 -> HISTOGRAMS;
        case 2 -> PACKED;
        default -> throw new CorruptDataException("chunk kind " + code + ", 0 to 2 was expected");
      };
    }
  }
}
