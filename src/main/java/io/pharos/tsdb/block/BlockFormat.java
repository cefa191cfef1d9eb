package io.pharos.tsdb.block;

/// The numbers of the format.
final class BlockFormat {
  /// "PHARBLK1" in ASCII.
  static final long MAGIC = 0x5048_4152_424C_4B31L;

  static final int HEADER = 28;
  static final int FOOTER = 64;
  static final int CHUNK_HEADER = 8;
  static final int POSTINGS_ENTRY = 16;

  private BlockFormat() {}
}
