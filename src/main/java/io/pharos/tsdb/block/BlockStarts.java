package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.tsdb.start.StartRuns;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The section of start timestamps of a block's index, read in place.
final class BlockStarts {
  private final MemorySegment section;
  private final long windowStart;
  private final int count;

  BlockStarts(MemorySegment section, long windowStart) {
    this.section = section;
    this.windowStart = windowStart;
    this.count = ByteSource.u32(section, 0);
  }

  /// Those of a series.
  ///
  /// @param id its rank
  StartRuns of(int id) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int found = ByteSource.u32(section, 4 + 8L * middle);
      if (found == id) {
        var source = new ByteSource(section);
        source.position(4 + 8L * count + ByteSource.u32(section, 8 + 8L * middle));
        return StartRuns.read(source, windowStart);
      }
      if (found < id) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return StartRuns.NONE;
  }

  /// Writes the section.
  static void write(ByteSink index, List<BlockSeries> series, long windowStart) {
    var data = new ByteSink(1024);
    int count = 0;
    int from = index.size();
    index.u32(0);
    for (int id = 0; id < series.size(); id++) {
      if (!series.get(id).starts().isEmpty()) {
        index.u32(id);
        index.u32(data.size());
        series.get(id).starts().write(data, windowStart);
        count++;
      }
    }
    index.setU32(from, count);
    index.bytes(data.array(), 0, data.size());
  }
}
