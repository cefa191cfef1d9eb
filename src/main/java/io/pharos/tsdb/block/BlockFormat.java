package io.pharos.tsdb.block;

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
}
