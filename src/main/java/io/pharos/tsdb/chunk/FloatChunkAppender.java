package io.pharos.tsdb.chunk;

/// A growing chunk of floats.
public final class FloatChunkAppender extends ChunkAppender {
  private long valueBits;
  private int window;

  /// Starts a chunk with its first sample.
  public FloatChunkAppender(long timestampMillis, double value) {
    super(timestampMillis);
    valueBits = Double.doubleToRawLongBits(value);
    write(valueBits >>> 32, 32);
    write(valueBits & 0xFFFF_FFFFL, 32);
    countSample();
  }

  @Override
  public ChunkEncoding encoding() {
    return ChunkEncoding.FLOATS;
  }

  @Override
  public Chunk seal() {
    return PackedFloats.pack(super.seal());
  }

  /// Appends a sample, which must be newer than the last.
  public void append(long timestampMillis, double value) {
    appendTime(timestampMillis);
    long newBits = Double.doubleToRawLongBits(value);
    window = appendDifference(newBits ^ valueBits, window);
    valueBits = newBits;
    countSample();
  }
}
