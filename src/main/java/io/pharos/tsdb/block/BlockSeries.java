package io.pharos.tsdb.block;

import io.pharos.model.Labels;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.start.StartRuns;
import java.util.List;

/// A series to write to a block.
///
/// @param labels labels with the metric name
/// @param chunks in time order, without overlap
/// @param starts start timestamps of its samples
public record BlockSeries(Labels labels, List<Chunk> chunks, StartRuns starts) {
  /// A series without start timestamps.
  public BlockSeries(Labels labels, List<Chunk> chunks) {
    this(labels, chunks, StartRuns.NONE);
  }

  public BlockSeries {
    chunks = List.copyOf(chunks);
  }
}
