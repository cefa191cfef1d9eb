package io.pharos.tsdb.block;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The open blocks at one moment, oldest first. Their windows do not overlap.
///
/// @param end end of the last window, or `Long.MIN_VALUE` without blocks. Blocks hold all samples
///   before it, so they are not read from the head
public record BlockSet(List<Block> blocks, long end) {
  /// Sorts the blocks by their windows.
  public static BlockSet of(List<Block> blocks) {
    List<Block> sorted =
        blocks.stream().sorted(Comparator.comparingLong(Block::windowStart)).toList();
    return new BlockSet(sorted, sorted.isEmpty() ? Long.MIN_VALUE : sorted.getLast().windowEnd());
  }

  /// Adds a block.
  public BlockSet with(Block block) {
    var more = new ArrayList<>(blocks);
    more.add(block);
    BlockSet set = of(more);
    return new BlockSet(set.blocks, Math.max(end, set.end));
  }

  /// Adds a block, replacing the block of the same window.
  public BlockSet replacing(Block block) {
    var others = new ArrayList<>(blocks);
    others.removeIf(one -> one.windowStart() == block.windowStart());
    return new BlockSet(others, end).with(block);
  }

  /// The block of a window, or null.
  public @Nullable Block of(long windowStart) {
    for (Block block : blocks) {
      if (block.windowStart() == windowStart) {
        return block;
      }
    }
    return null;
  }

  /// Removes a block. The end remains, so that older samples in the head stay hidden.
  public BlockSet without(Block block) {
    return new BlockSet(blocks.stream().filter(one -> one != block).toList(), end);
  }

  /// The blocks whose windows overlap the closed interval.
  public List<Block> overlapping(long fromMillis, long toMillis) {
    if (fromMillis >= end || blocks.isEmpty() || toMillis < blocks.getFirst().windowStart()) {
      return List.of();
    }
    /* Searches from the newest block: most queries read there. */
    int to = blocks.size();
    while (to > 0 && blocks.get(to - 1).windowStart() > toMillis) {
      to--;
    }
    int from = to;
    while (from > 0 && blocks.get(from - 1).windowEnd() > fromMillis) {
      from--;
    }
    return List.copyOf(blocks.subList(from, to));
  }

  /// Total size of the files in bytes.
  public long sizeBytes() {
    return blocks.stream().mapToLong(Block::sizeBytes).sum();
  }
}
