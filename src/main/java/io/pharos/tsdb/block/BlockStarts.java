package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.tsdb.start.StartRuns;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The start timestamps in a block's index, read in place.
final class BlockStarts {
  private final MemorySegment section;
  private final long windowStart;
  private final int count;

  BlockStarts(MemorySegment section, long windowStart) {
    this.section = section;
    this.windowStart = windowStart;
    this.count = ByteSource.u32(section, 0);
  }

  /// The start timestamps of a series.
  ///
  /// @param id rank of the series
  StartRuns of(int id) {
    int at = BlockIndex.rank(count, i -> Integer.compare(ByteSource.u32(section, 4 + 8L * i), id));
    if (at < 0) {
      return StartRuns.NONE;
    }
    var source = new ByteSource(section);
    source.position(4 + 8L * count + ByteSource.u32(section, 8 + 8L * at));
    return StartRuns.read(source, windowStart);
  }

  /// Appends the section to an index.
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
