package io.pharos.tsdb.chunk;

import io.pharos.storage.SampleWindow;
import java.util.Arrays;

/// The times of a packed chunk apart from it, so that chunks with the same times keep them once
/// (`docs/format/chunk.md`). Columns are equal where their times are.
///
/// @param count the number of times, at least 1
/// @param data the encoded times; never changed after construction
public record TimeColumn(long minTime, long maxTime, int count, byte[] data) {
  /// The times of a packed chunk.
  public static TimeColumn of(Chunk chunk) {
    return new TimeColumn(chunk.minTime(), chunk.maxTime(), chunk.count(), opened(chunk).column());
  }

  /// What is left of a packed chunk without its times.
  public static byte[] untimed(Chunk chunk) {
    return opened(chunk).untimed();
  }

  private static PackedFloats opened(Chunk chunk) {
    if (chunk.encoding() != ChunkEncoding.PACKED) {
      throw new IllegalArgumentException("a chunk of " + chunk.encoding() + " has no time column");
    }
    var packed = new PackedFloats();
    packed.open(chunk.data(), chunk.count());
    return packed;
  }

  /// The packed chunk that has these times.
  ///
  /// @param untimed what is left of it without them
  /// @throws io.pharos.bytes.CorruptDataException when they can't belong together
  public Chunk chunk(byte[] untimed) {
    var packed = new PackedFloats();
    packed.open(data, untimed, count);
    return new Chunk(ChunkEncoding.PACKED, minTime, maxTime, count, packed.timed());
  }

  /// Appends the samples of that chunk in the closed interval to the window.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when they can't belong together
  public void read(byte[] untimed, long fromMillis, long toMillis, SampleWindow window) {
    PackedFloats.read(data, untimed, count, fromMillis, toMillis, window);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TimeColumn that
        && count == that.count
        && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(data) + count;
  }
}
