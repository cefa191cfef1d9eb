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

/// The time columns of a block that is to be written: first all chunks are counted, then those
/// columns are kept that enough of them share.
final class SharedTimes {
  /* What is counted at a time: each target has some in a window. Where no two series have the same
   * times there would be as many as chunks. */
  private static final int MOST = 1 << 16;

  private final Map<TimeColumn, Integer> uses = new HashMap<>();
  private final Map<TimeColumn, Integer> numbers = new HashMap<>();
  private final List<TimeColumn> columns = new ArrayList<>();
  private boolean full;

  /// Counts the times of a chunk, where it is one that may have them in a column.
  void count(Chunk chunk) {
    if (chunk.encoding() != ChunkEncoding.PACKED) {
      return;
    }
    var column = TimeColumn.of(chunk);
    if (uses.computeIfPresent(column, (_, times) -> times + 1) == null && hasRoom()) {
      uses.put(column, 1);
    }
  }

  /* Where it is full, what one chunk alone had so far is forgotten, and where that is little, no more
   * is taken up. */
  private boolean hasRoom() {
    if (uses.size() >= MOST && !full) {
      uses.values().removeIf(times -> times == 1);
      full = uses.size() > MOST / 2;
    }
    return uses.size() < MOST;
  }

  /// Ends the counting.
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

  /* A chunk has one byte more to fill up with zeros, and its number takes no more than what the
   * index says of its times. */
  private static boolean isWorth(int length, int times) {
    long cost = BlockFormat.CHUNK_HEADER + length + BlockFormat.COLUMN_ENTRY + 8L;
    return times * (length - 1L) > cost;
  }

  boolean isEmpty() {
    return columns.isEmpty();
  }

  List<TimeColumn> columns() {
    return columns;
  }

  /// The number of the column that has the times of a chunk, or -1.
  int number(Chunk chunk) {
    return isEmpty() || chunk.encoding() != ChunkEncoding.PACKED
        ? -1
        : numbers.getOrDefault(TimeColumn.of(chunk), -1);
  }

  /// Says where the columns are, one after the other from an offset in the file.
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
