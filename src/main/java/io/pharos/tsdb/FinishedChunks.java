package io.pharos.tsdb;

import io.pharos.tsdb.chunk.Chunk;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;

/// The finished chunks of a series in the head, in time order. The first ones may be in a file. The
/// monitor of the series guards this object; readers may keep [#array] and the count of a moment:
/// its elements are only ever replaced by equal chunks.
final class FinishedChunks {
  private static final Chunk[] NONE = {};

  private Chunk[] chunks = NONE;
  private int count;
  private int inFile;

  /// The chunks, and unused elements after them.
  Chunk[] array() {
    return chunks;
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  Chunk get(int i) {
    return chunks[i];
  }

  void add(Chunk chunk) {
    if (count == chunks.length) {
      chunks = Arrays.copyOf(chunks, Math.max(4, count * 2));
    }
    chunks[count++] = chunk;
  }

  /// Adds the start times of the windows before `endMillis` in which there are chunks.
  void addWindowsBefore(long endMillis, NavigableSet<Long> windows) {
    for (int i = 0; i < count && chunks[i].minTime() < endMillis; i++) {
      windows.add(Tsdb.windowOf(chunks[i].minTime()));
    }
  }

  /// The chunks of one window.
  List<Chunk> of(long windowStart) {
    return Arrays.stream(chunks, 0, count)
        .filter(chunk -> Tsdb.windowOf(chunk.minTime()) == windowStart)
        .toList();
  }

  /// Removes the chunks before a window's end, and returns their number.
  int dropBefore(long endMillis) {
    int dropped = 0;
    while (dropped < count && chunks[dropped].minTime() < endMillis) {
      dropped++;
    }
    if (dropped > 0) {
      chunks = Arrays.copyOfRange(chunks, dropped, count);
      count -= dropped;
      inFile = Math.max(0, inFile - dropped);
    }
    return dropped;
  }

  /// The chunks that are in memory only.
  List<Chunk> inMemory() {
    return inFile == count ? List.of() : List.of(Arrays.copyOfRange(chunks, inFile, count));
  }

  /// Replaces the oldest chunk that is in memory only, unless it was removed.
  void move(Chunk chunk, Chunk moved) {
    if (inFile < count && chunks[inFile] == chunk) {
      chunks[inFile++] = moved;
    }
  }
}
