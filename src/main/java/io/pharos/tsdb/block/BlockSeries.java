package io.pharos.tsdb.block;

import io.pharos.model.Labels;
import io.pharos.tsdb.chunk.Chunk;
import java.util.List;

/// One series of a block that is to be written.
///
/// @param chunks in time order, without overlap
public record BlockSeries(Labels labels, List<Chunk> chunks) {
  public BlockSeries {
    chunks = List.copyOf(chunks);
  }
}
