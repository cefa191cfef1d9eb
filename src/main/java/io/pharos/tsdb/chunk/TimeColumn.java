package io.pharos.tsdb.chunk;

import io.pharos.storage.SampleWindow;
import java.util.Arrays;

/// The times of a packed chunk, stored separately so that chunks with the same times share them
/// (`docs/format/chunk.md`). Columns with the same times are equal.
///
/// @param minTime Unix milliseconds of the first sample
/// @param maxTime Unix milliseconds of the last sample
/// @param count number of times, at least 1
/// @param data encoded times; never changed after construction
public record TimeColumn(long minTime, long maxTime, int count, byte[] data) {
  /// Extracts the times of a packed chunk.
  public static TimeColumn of(Chunk chunk) {
    return new TimeColumn(chunk.minTime(), chunk.maxTime(), chunk.count(), opened(chunk).column());
  }

  /// Returns the data of a packed chunk without its times.
  public static byte[] untimed(Chunk chunk) {
    return opened(chunk).untimed();
  }

  private static PackedFloats opened(Chunk chunk) {
    if (chunk.encoding() != Chunk.Encoding.PACKED) {
      throw new IllegalArgumentException(
          "a chunk with the encoding " + chunk.encoding() + " has no time column");
    }
    var packed = new PackedFloats();
    packed.open(chunk.data(), chunk.count());
    return packed;
  }

  /// Joins these times with the rest of a chunk.
  ///
  /// @param untimed data of the chunk without its times
  /// @throws io.pharos.bytes.CorruptDataException if the times and the data do not fit together
  public Chunk chunk(byte[] untimed) {
    var packed = new PackedFloats();
    packed.open(data, untimed, count);
    return Chunk.of(Chunk.Encoding.PACKED, minTime, maxTime, count, packed.timed());
  }

  /// Appends the samples of the joined chunk in the closed interval to the window.
  ///
  /// @param untimed data of the chunk without its times
  /// @throws io.pharos.bytes.CorruptDataException if the times and the data do not fit together
  public void read(byte[] untimed, long fromMillis, long toMillis, SampleWindow window) {
    PackedFloats.read(data, untimed, count, fromMillis, toMillis, window);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TimeColumn column
        && count == column.count
        && Arrays.equals(data, column.data);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(data) + count;
  }
}
