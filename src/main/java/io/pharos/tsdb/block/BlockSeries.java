package io.pharos.tsdb.block;

import io.pharos.model.Labels;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.start.StartRuns;
import java.util.List;

/// One series of a block that is to be written.
///
/// @param chunks in time order, without overlap
/// @param starts from when on its samples count
public record BlockSeries(Labels labels, List<Chunk> chunks, StartRuns starts) {
  /// A series of which nobody knows from when on it counts.
  public BlockSeries(Labels labels, List<Chunk> chunks) {
    this(labels, chunks, StartRuns.NONE);
  }

  public BlockSeries {
    chunks = List.copyOf(chunks);
  }
}
