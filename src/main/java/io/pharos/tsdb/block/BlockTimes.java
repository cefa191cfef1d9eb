package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.tsdb.chunk.TimeColumn;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Where the time columns of a block are, read in place. A column is known by its number.
final class BlockTimes {
  /* Series that are neighbours often are of one target, whose columns are asked for in turn. */
  private static final int REMEMBERED = 64;

  private record Remembered(int number, TimeColumn column) {}

  /* What threads see of it is whole, for records are, and at worst not the newest. */
  private final @Nullable Remembered[] remembered = new Remembered[REMEMBERED];
  private final MemorySegment table;
  private final int count;

  /// @param table from its first byte to the end of the index
  BlockTimes(MemorySegment table) {
    this.table = table;
    count = ByteSource.u32(table, 0);
    if (count < 0 || 4 + (long) count * BlockFormat.COLUMN_ENTRY > table.byteSize()) {
      throw new CorruptDataException(count + " time columns in a table that is too short");
    }
  }

  /* Where the entry of a column begins. */
  private long at(int number) {
    if (number < 0 || number >= count) {
      throw new CorruptDataException("time column %d of %d".formatted(number, count));
    }
    return 4 + (long) number * BlockFormat.COLUMN_ENTRY;
  }

  /// The column, where it was asked for a short time ago, or as it is read.
  TimeColumn column(int number, IntFunction<byte[]> reader) {
    int slot = number & (REMEMBERED - 1);
    Remembered known = remembered[slot];
    if (known != null && known.number == number) {
      return known.column;
    }
    var column =
        new TimeColumn(minTime(number), maxTime(number), samples(number), reader.apply(number));
    remembered[slot] = new Remembered(number, column);
    return column;
  }

  /// Where it begins in the file.
  long offset(int number) {
    return ByteSource.i64(table, at(number));
  }

  /// The length of its data.
  int length(int number) {
    return ByteSource.u32(table, at(number) + 8);
  }

  /// The number of samples.
  int samples(int number) {
    return ByteSource.u32(table, at(number) + 12);
  }

  /// Unix milliseconds of the first one.
  long minTime(int number) {
    return ByteSource.i64(table, at(number) + 16);
  }

  /// Unix milliseconds of the last one.
  long maxTime(int number) {
    return ByteSource.i64(table, at(number) + 24);
  }
}
