package io.pharos.tsdb.block;

import io.pharos.bytes.CorruptDataException;
import io.pharos.tsdb.chunk.ChunkEncoding;

/// The numbers of the format.
final class BlockFormat {
  /// "PHARBLK1" in ASCII: all chunks are of floats, unpacked.
  static final long FLOATS_ONLY = 0x5048_4152_424C_4B31L;

  /// "PHARBLK2" in ASCII: each chunk says what it is, none is packed.
  static final long MIXED = 0x5048_4152_424C_4B32L;

  /// "PHARBLK3" in ASCII: each chunk says what it is.
  static final long PACKED = 0x5048_4152_424C_4B33L;

  static final int HEADER = 28;
  static final int FOOTER = 64;
  static final int CHUNK_HEADER = 8;
  static final int POSTINGS_ENTRY = 16;

  private BlockFormat() {}

  /// The number that stands for an encoding.
  static int code(ChunkEncoding encoding) {
    return switch (encoding) {
      case FLOATS -> 0;
      case HISTOGRAMS -> 1;
      case PACKED -> 2;
    };
  }

  /// The encoding that a number stands for.
  static ChunkEncoding encoding(int code) {
    return switch (code) {
      case 0 -> ChunkEncoding.FLOATS;
      case 1 -> ChunkEncoding.HISTOGRAMS;
      case 2 -> ChunkEncoding.PACKED;
      default -> throw new CorruptDataException("chunk kind " + code + ", 0 to 2 was expected");
    };
  }
}
