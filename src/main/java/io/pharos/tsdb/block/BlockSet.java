package io.pharos.tsdb.block;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The open blocks at one moment, oldest first. Their windows do not overlap.
///
/// @param end end of the last window, or `Long.MIN_VALUE` without blocks. All in-order samples
///   before `end` are in blocks, so the head is not read before `end`
public record BlockSet(List<Block> blocks, long end) {
  /// Creates a set of blocks in any order.
  public static BlockSet of(List<Block> blocks) {
    List<Block> sorted =
        blocks.stream().sorted(Comparator.comparingLong(Block::windowStart)).toList();
    return new BlockSet(sorted, sorted.isEmpty() ? Long.MIN_VALUE : sorted.getLast().windowEnd());
  }

  /// Returns this set with an additional block.
  public BlockSet with(Block block) {
    var extended = new ArrayList<>(blocks);
    extended.add(block);
    BlockSet set = of(extended);
    return new BlockSet(set.blocks, Math.max(end, set.end));
  }

  /// Returns this set with a block that replaces the block of the same window, if there is one.
  public BlockSet replacing(Block block) {
    var others = new ArrayList<>(blocks);
    others.removeIf(one -> one.windowStart() == block.windowStart());
    return new BlockSet(others, end).with(block);
  }

  /// Returns the block of a window, or null.
  public @Nullable Block of(long windowStart) {
    for (Block block : blocks) {
      if (block.windowStart() == windowStart) {
        return block;
      }
    }
    return null;
  }

  /// Returns this set without a block. Its `end` does not change, so older samples in the head are
  /// still not read.
  public BlockSet without(Block block) {
    return new BlockSet(blocks.stream().filter(one -> one != block).toList(), end);
  }

  /// The blocks whose windows overlap the closed interval.
  public List<Block> overlapping(long fromMillis, long toMillis) {
    if (fromMillis >= end || blocks.isEmpty() || toMillis < blocks.getFirst().windowStart()) {
      return List.of();
    }
    /* Searches from the newest block, because most queries read the newest blocks. */
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
