package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Constants of the block format (`docs/format/block.md`).
final class BlockFormat {
  /// "PHARBLK1" in ASCII: all chunks are unpacked floats.
  static final long FLOATS_ONLY = 0x5048_4152_424C_4B31L;

  /// "PHARBLK2" in ASCII: the encoding of each chunk is stored with it; no chunk is packed.
  static final long MIXED = 0x5048_4152_424C_4B32L;

  /// "PHARBLK3" in ASCII: the encoding of each chunk is stored with it.
  static final long PACKED = 0x5048_4152_424C_4B33L;

  /// "PHARBLK4" in ASCII: like PHARBLK3, and packed chunks may share time columns.
  static final long COLUMNS = 0x5048_4152_424C_4B34L;

  /// Code in place of the encoding of a packed chunk whose times are in a time column.
  static final int UNTIMED = 3;

  static final int HEADER = 28;
  static final int FOOTER = 64;

  /// Length in bytes of a footer that has the offset of the time columns.
  static final int COLUMNS_FOOTER = FOOTER + 4;

  static final int CHUNK_HEADER = 8;
  static final int POSTINGS_ENTRY = 16;
  static final int COLUMN_ENTRY = 32;

  private BlockFormat() {}

  /// Whether a file that begins with this number has a known version.
  static boolean isKnown(long magic) {
    return magic >= FLOATS_ONLY && magic <= COLUMNS;
  }

  /// Returns the length in bytes of a version's footer.
  static int footer(long magic) {
    return magic == COLUMNS ? COLUMNS_FOOTER : FOOTER;
  }

  /// The footer of a block file: the location of the index and of its sections.
  ///
  /// @param indexStart offset of the index in the file
  /// @param indexSize length of the index in bytes
  /// @param seriesStart offset of the series table in the index
  /// @param postingsStart offset of the postings table in the index
  /// @param startsStart offset of the start timestamps in the index; 0 without any
  /// @param timesStart offset of the table of time columns in the index; 0 without one
  /// @param samples number of samples in the block
  record Footer(
      long indexStart,
      long indexSize,
      long seriesStart,
      long postingsStart,
      long startsStart,
      long timesStart,
      long samples) {

    /// Reads and checks the footer, and the checksum of the index.
    ///
    /// @param magic version of the file, from its header
    /// @throws CorruptDataException when the footer or the index is damaged
    static Footer read(Path file, MemorySegment bytes, long magic) {
      int size = footer(magic);
      long start = bytes.byteSize() - size;
      Block.check(start >= HEADER, file, bytes.byteSize(), "the file is too short");
      var source = new ByteSource(bytes);
      source.position(start);
      long indexStart = source.i64();
      long indexSize = source.i64();
      long seriesStart = u32(source);
      long postingsStart = u32(source);
      int indexCrc = source.u32();
      source.u32(); // the number of series, which is also in the index
      source.i64(); // the number of chunks, which is not used
      long samples = source.i64();
      long startsStart = u32(source);
      boolean hasTimes = magic == COLUMNS;
      long timesStart = hasTimes ? u32(source) : 0;
      Block.check(
          source.u32() == ByteSource.crc(bytes, start, size - 12) && source.i64() == magic,
          file,
          start,
          "the footer is damaged or missing");
      Block.check(
          indexStart >= HEADER
              && indexSize >= 0
              && indexStart + indexSize == start
              && seriesStart <= postingsStart
              && postingsStart <= indexSize
              && (startsStart == 0
                  || (startsStart >= postingsStart && startsStart <= indexSize - 4))
              && (!hasTimes || (timesStart >= postingsStart && timesStart <= indexSize - 4)),
          file,
          start,
          "the offsets in the footer do not fit the file");
      Block.check(
          ByteSource.crc(bytes, indexStart, indexSize) == indexCrc,
          file,
          indexStart,
          "the checksum of the index does not match");
      return new Footer(
          indexStart, indexSize, seriesStart, postingsStart, startsStart, timesStart, samples);
    }

    private static long u32(ByteSource source) {
      return Integer.toUnsignedLong(source.u32());
    }
  }
}
