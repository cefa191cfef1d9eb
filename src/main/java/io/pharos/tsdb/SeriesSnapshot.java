package io.pharos.tsdb;

import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.start.StartRuns;
import org.jspecify.annotations.Nullable;

/// The samples of a series in memory at one moment: the first `finishedCount` chunks, the first
/// `openCount` samples of `openData`, and the newest samples from the row, which are not in chunks.
record SeriesSnapshot(
    Chunk[] finished,
    int finishedCount,
    Chunk.Encoding openEncoding,
    int openCount,
    long openMinTime,
    long openMaxTime,
    byte[] openData,
    HeadRow.@Nullable Samples newest,
    StartRuns starts) {

  /// Appends the samples of the closed interval to the window.
  void read(long fromMillis, long toMillis, SampleWindow window) {
    int before = window.size();
    if (newest == null || newest.times()[0] > fromMillis) {
      readChunks(fromMillis, toMillis, window);
    }
    if (newest != null) {
      newest.read(fromMillis, toMillis, window);
    }
    starts.applyTo(window, before);
  }

  private void readChunks(long fromMillis, long toMillis, SampleWindow window) {
    int first = firstEndingAtOrAfter(finished, finishedCount, fromMillis);
    for (int i = first; i < finishedCount; i++) {
      if (finished[i].minTime() > toMillis) {
        return;
      }
      finished[i].read(fromMillis, toMillis, window);
    }
    if (openCount > 0 && openMaxTime >= fromMillis && openMinTime <= toMillis) {
      Chunk.read(openEncoding, openData, openCount, fromMillis, toMillis, window);
    }
  }

  /// Returns the index of the first of `count` chunks that ends at or after a time; `count` if
  /// there is none. Searches from the newest chunk, because most queries read the newest chunks.
  static int firstEndingAtOrAfter(Chunk[] chunks, int count, long timeMillis) {
    int i = count;
    while (i > 0 && chunks[i - 1].maxTime() >= timeMillis) {
      i--;
    }
    return i;
  }
}
