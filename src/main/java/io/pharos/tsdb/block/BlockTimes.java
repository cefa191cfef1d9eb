package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.tsdb.chunk.TimeColumn;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Locations of the time columns of a block, read in place. Columns are identified by numbers.
final class BlockTimes {
  /* Neighbouring series often belong to one target, and use its columns in turn. */
  private static final int CACHED = 64;

  private record CachedColumn(int number, TimeColumn column) {}

  /* Records are safely published, so threads see complete entries, at worst old ones. */
  private final @Nullable CachedColumn[] cache = new CachedColumn[CACHED];
  private final MemorySegment table;
  private final int count;

  /// @param table from the first byte of the table to the end of the index
  BlockTimes(MemorySegment table) {
    this.table = table;
    count = ByteSource.u32(table, 0);
    if (count < 0 || 4 + (long) count * BlockFormat.COLUMN_ENTRY > table.byteSize()) {
      throw new CorruptDataException(count + " time columns in a table that is too short");
    }
  }

  /* Offset of a column's entry. */
  private long at(int number) {
    if (number < 0 || number >= count) {
      throw new CorruptDataException("time column %d of %d".formatted(number, count));
    }
    return 4 + (long) number * BlockFormat.COLUMN_ENTRY;
  }

  /// The column from the cache, or else from the reader.
  TimeColumn column(int number, IntFunction<byte[]> reader) {
    int slot = number & (CACHED - 1);
    CachedColumn known = cache[slot];
    if (known != null && known.number == number) {
      return known.column;
    }
    var column =
        new TimeColumn(minTime(number), maxTime(number), samples(number), reader.apply(number));
    cache[slot] = new CachedColumn(number, column);
    return column;
  }

  /// Offset of the column in the file.
  long offset(int number) {
    return ByteSource.i64(table, at(number));
  }

  /// Length of the column's data in bytes.
  int length(int number) {
    return ByteSource.u32(table, at(number) + 8);
  }

  /// Number of samples.
  int samples(int number) {
    return ByteSource.u32(table, at(number) + 12);
  }

  /// Unix milliseconds of the first sample.
  long minTime(int number) {
    return ByteSource.i64(table, at(number) + 16);
  }

  /// Unix milliseconds of the last sample.
  long maxTime(int number) {
    return ByteSource.i64(table, at(number) + 24);
  }
}
