package io.pharos.tsdb.block;

import io.pharos.bytes.CorruptDataException;
import io.pharos.tsdb.chunk.SampleKind;

/// The numbers of the format.
final class BlockFormat {
  /// "PHARBLK1" in ASCII: all samples are floats.
  static final long FLOATS_ONLY = 0x5048_4152_424C_4B31L;

  /// "PHARBLK2" in ASCII: each chunk says what its samples are.
  static final long MIXED = 0x5048_4152_424C_4B32L;

  static final int HEADER = 28;
  static final int FOOTER = 64;
  static final int CHUNK_HEADER = 8;
  static final int POSTINGS_ENTRY = 16;

  private BlockFormat() {}

  /// The number that stands for a kind of samples.
  static int code(SampleKind kind) {
    return switch (kind) {
      case FLOAT -> 0;
      case HISTOGRAM -> 1;
    };
  }

  /// The kind that a number stands for.
  static SampleKind kind(int code) {
    return switch (code) {
      case 0 -> SampleKind.FLOAT;
      case 1 -> SampleKind.HISTOGRAM;
      default -> throw new CorruptDataException("chunk kind " + code + ", 0 or 1 was expected");
    };
  }
}
