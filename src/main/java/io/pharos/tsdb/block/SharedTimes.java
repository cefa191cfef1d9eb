package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSink;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkEncoding;
import io.pharos.tsdb.chunk.TimeColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Chooses the time columns of a block: first counts the columns of all chunks, then keeps those
/// that enough chunks share.
final class SharedTimes {
  /* Maximum number of counted columns. Each target has a few in a window, but if no two series
   * had the same times, there would be one per chunk. */
  private static final int MAX_COUNTED = 1 << 16;

  private final Map<TimeColumn, Integer> uses = new HashMap<>();
  private final Map<TimeColumn, Integer> numbers = new HashMap<>();
  private final List<TimeColumn> columns = new ArrayList<>();
  private boolean full;

  /// Counts the times of a chunk if they may be in a column.
  void count(Chunk chunk) {
    if (chunk.encoding() != ChunkEncoding.PACKED) {
      return;
    }
    var column = TimeColumn.of(chunk);
    if (uses.computeIfPresent(column, (_, times) -> times + 1) == null && hasRoom()) {
      uses.put(column, 1);
    }
  }

  /* If full, forgets the columns of single chunks; if that frees little, accepts no more. */
  private boolean hasRoom() {
    if (uses.size() >= MAX_COUNTED && !full) {
      uses.values().removeIf(times -> times == 1);
      full = uses.size() > MAX_COUNTED / 2;
    }
    return uses.size() < MAX_COUNTED;
  }

  /// Ends the counting and chooses the columns.
  void choose() {
    uses.forEach(
        (column, times) -> {
          if (isWorth(column.data().length, times)) {
            columns.add(column);
          }
        });
    columns.sort(
        (one, other) ->
            one.minTime() != other.minTime()
                ? Long.compare(one.minTime(), other.minTime())
                : Arrays.compare(one.data(), other.data()));
    uses.clear();
    for (int i = 0; i < columns.size(); i++) {
      numbers.put(columns.get(i), i);
    }
  }

  /* A separate chunk may have one more byte of padding. Its column number takes no more bytes
   * than the times in the index of an undivided chunk. */
  private static boolean isWorth(int length, int times) {
    long cost = BlockFormat.CHUNK_HEADER + length + BlockFormat.COLUMN_ENTRY + 8L;
    return times * (length - 1L) > cost;
  }

  /// Whether no column is worthwhile.
  boolean isEmpty() {
    return columns.isEmpty();
  }

  /// The chosen columns in the order of their numbers.
  List<TimeColumn> columns() {
    return columns;
  }

  /// The number of the column with the times of a chunk, or -1.
  int number(Chunk chunk) {
    return isEmpty() || chunk.encoding() != ChunkEncoding.PACKED
        ? -1
        : numbers.getOrDefault(TimeColumn.of(chunk), -1);
  }

  /// Appends the table of the columns, which follow each other from an offset in the file.
  void write(ByteSink index, long start) {
    index.u32(columns.size());
    long offset = start;
    for (TimeColumn column : columns) {
      index.i64(offset);
      index.u32(column.data().length);
      index.u32(column.count());
      index.i64(column.minTime());
      index.i64(column.maxTime());
      offset += BlockFormat.CHUNK_HEADER + column.data().length;
    }
  }
}
