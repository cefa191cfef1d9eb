package io.pharos.tsdb.block;

/// The numbers of the format.
final class BlockFormat {
  /// "PHARBLK1" in ASCII: all chunks are of floats, unpacked.
  static final long FLOATS_ONLY = 0x5048_4152_424C_4B31L;

  /// "PHARBLK2" in ASCII: each chunk says what it is, none is packed.
  static final long MIXED = 0x5048_4152_424C_4B32L;

  /// "PHARBLK3" in ASCII: each chunk says what it is.
  static final long PACKED = 0x5048_4152_424C_4B33L;

  /// "PHARBLK4" in ASCII: also, packed chunks may have their times in columns.
  static final long COLUMNS = 0x5048_4152_424C_4B34L;

  /// Stands for the encoding of a packed chunk whose times are in a column.
  static final int UNTIMED = 3;

  static final int HEADER = 28;
  static final int FOOTER = 64;

  /// What says where the time columns are makes it longer.
  static final int COLUMNS_FOOTER = FOOTER + 4;

  static final int CHUNK_HEADER = 8;
  static final int POSTINGS_ENTRY = 16;
  static final int COLUMN_ENTRY = 32;

  private BlockFormat() {}

  /// Whether there is a version that begins so.
  static boolean knows(long magic) {
    return magic >= FLOATS_ONLY && magic <= COLUMNS;
  }

  static int footer(long magic) {
    return magic == COLUMNS ? COLUMNS_FOOTER : FOOTER;
  }
}
