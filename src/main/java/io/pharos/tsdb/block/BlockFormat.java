package io.pharos.tsdb.block;

/// Constants of the format (`docs/format/block.md`).
final class BlockFormat {
  /// "PHARBLK1" in ASCII: all chunks are unpacked floats.
  static final long FLOATS_ONLY = 0x5048_4152_424C_4B31L;

  /// "PHARBLK2" in ASCII: each chunk has its encoding; none is packed.
  static final long MIXED = 0x5048_4152_424C_4B32L;

  /// "PHARBLK3" in ASCII: each chunk has its encoding.
  static final long PACKED = 0x5048_4152_424C_4B33L;

  /// "PHARBLK4" in ASCII: like PHARBLK3, and packed chunks may share time columns.
  static final long COLUMNS = 0x5048_4152_424C_4B34L;

  /// Code of a packed chunk whose times are in a column.
  static final int UNTIMED = 3;

  static final int HEADER = 28;
  static final int FOOTER = 64;

  /// Length of a footer with the offset of the time columns.
  static final int COLUMNS_FOOTER = FOOTER + 4;

  static final int CHUNK_HEADER = 8;
  static final int POSTINGS_ENTRY = 16;
  static final int COLUMN_ENTRY = 32;

  private BlockFormat() {}

  /// Whether a version starts with this number.
  static boolean isKnown(long magic) {
    return magic >= FLOATS_ONLY && magic <= COLUMNS;
  }

  /// Length of a version's footer.
  static int footer(long magic) {
    return magic == COLUMNS ? COLUMNS_FOOTER : FOOTER;
  }
}
