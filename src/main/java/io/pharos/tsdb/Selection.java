package io.pharos.tsdb;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.Cancellation;
import io.pharos.model.Labels;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockSet;
import io.pharos.tsdb.late.LateSamples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Selected series. Reads return the samples that are in the store at that time, also those that
/// were added after the selection.
final class Selection implements SeriesSet {
  /// The selected series in the order of their labels, with the locations of their samples.
  ///
  /// @param labels labels of each series; null if all series are in the head, whose objects contain
  ///   the labels
  /// @param head the series in memory; null for a series that is only in blocks
  /// @param blocks the selected blocks
  /// @param blockRanks the rank of each series in each block, as `blockRanks[block][series]`; -1 if
  ///   the block lacks the series
  record Rows(
      Labels @Nullable [] labels,
      List<? extends @Nullable HeadSeries> head,
      List<Block> blocks,
      int[][] blockRanks) {
    int size() {
      return head.size();
    }

    /// Returns the rank of each series in a further block; null if the block has a selected series
    /// that these rows lack.
    private int @Nullable [] ranksIn(Block block, Function<Block, int[]> select) {
      int[] blockRanks = select.apply(block);
      IntFunction<Labels> reader = block.labelsReader();
      int[] ranks = absent(size());
      int next = 0;
      for (int rank : blockRanks) {
        Labels wanted = reader.apply(rank);
        while (next < ranks.length && labels(next).compareTo(wanted) < 0) {
          next++;
        }
        if (next == ranks.length || !labels(next).equals(wanted)) {
          return null;
        }
        ranks[next++] = rank;
      }
      return ranks;
    }

    Labels labels(int i) {
      return labels == null
          ? requireNonNull(head.get(i), "the series is not in the head").labels()
          : labels[i];
    }
  }

  private static final int[][] NONE = {};

  private final Rows rows;
  private final Supplier<BlockSet> currentBlocks;
  private final long generation;
  private final long revision;

  Selection(Rows rows, Supplier<BlockSet> currentBlocks, long generation, long revision) {
    this.revision = revision;
    this.rows = rows;
    this.currentBlocks = currentBlocks;
    this.generation = generation;
  }

  /// Joins the series of the head with those of blocks.
  ///
  /// @param head sorted by labels
  /// @param select returns the selected ranks of a block
  /// @param before an earlier result for the same matchers; its ranks are reused
  static Rows join(
      List<HeadSeries> head,
      List<Block> blocks,
      Function<Block, int[]> select,
      @Nullable Rows before) {
    if (blocks.isEmpty()) {
      return new Rows(null, head, blocks, NONE);
    }
    Map<Labels, Joined> byLabels = HashMap.newHashMap(head.size());
    for (HeadSeries one : head) {
      byLabels.put(one.labels(), new Joined(one.labels(), one, absent(blocks.size())));
    }
    var cancellation = Cancellation.current();
    int turn = 0;
    for (int b = 0; b < blocks.size(); b++) {
      Block block = blocks.get(b);
      int index = before == null ? -1 : before.blocks.indexOf(block);
      int[] blockRanks =
          before == null || index < 0 ? select.apply(block) : before.blockRanks[index];
      IntFunction<Labels> reader =
          before == null || index < 0 ? readerOf(block, blockRanks) : before::labels;
      for (int i = 0; i < blockRanks.length; i++) {
        cancellation.check(turn++);
        if (blockRanks[i] >= 0) {
          byLabels.computeIfAbsent(
                      reader.apply(i), labels -> new Joined(labels, null, absent(blocks.size())))
                  .blockRanks[b] =
              blockRanks[i];
        }
      }
    }
    List<Joined> joined = byLabels.values().stream().sorted(comparing(Joined::labels)).toList();
    var ranks = new int[blocks.size()][joined.size()];
    var series = new ArrayList<@Nullable HeadSeries>(joined.size());
    for (int i = 0; i < joined.size(); i++) {
      series.add(joined.get(i).head);
      for (int b = 0; b < ranks.length; b++) {
        ranks[b][i] = joined.get(i).blockRanks[b];
      }
    }
    return new Rows(
        joined.stream().map(Joined::labels).toArray(Labels[]::new), series, blocks, ranks);
  }

  /// Like [#join], but faster: reuses an earlier result for the same series of the head. Returns
  /// null if the given blocks do not contain the same series as the earlier result.
  static @Nullable Rows extend(Rows before, List<Block> blocks, Function<Block, int[]> select) {
    var ranks = new int[blocks.size()][];
    for (int b = 0; b < ranks.length; b++) {
      int index = before.blocks.indexOf(blocks.get(b));
      int[] blockRanks =
          index < 0 ? before.ranksIn(blocks.get(b), select) : before.blockRanks[index];
      if (blockRanks == null) {
        return null;
      }
      ranks[b] = blockRanks;
    }
    for (int i = 0; i < before.size(); i++) {
      if (before.head.get(i) == null && isInNoBlock(ranks, i)) {
        return null;
      }
    }
    return new Rows(before.labels, before.head, blocks, ranks);
  }

  private static boolean isInNoBlock(int[][] ranks, int i) {
    for (int[] blockRanks : ranks) {
      if (blockRanks[i] >= 0) {
        return false;
      }
    }
    return true;
  }

  private static IntFunction<Labels> readerOf(Block block, int[] blockRanks) {
    IntFunction<Labels> reader = block.labelsReader();
    return i -> reader.apply(blockRanks[i]);
  }

  private record Joined(Labels labels, @Nullable HeadSeries head, int[] blockRanks) {}

  private static int[] absent(int blocks) {
    var blockRanks = new int[blocks];
    Arrays.fill(blockRanks, -1);
    return blockRanks;
  }

  @Override
  public int size() {
    return rows.size();
  }

  /* Callers that iterate over all series call this method or `read` for each, so both check for
   * cancellation. */
  @Override
  public Labels labels(int i) {
    Cancellation.checkCurrent(i);
    return rows.labels(i);
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public long revision() {
    return revision;
  }

  /// The i-th series in memory, or null.
  @Nullable HeadSeries head(int i) {
    return rows.head.get(i);
  }

  /// The current blocks.
  BlockSet blocks() {
    return currentBlocks.get();
  }

  /// The rank of the i-th series in a block; -1 if the block lacks the series.
  int rank(int i, Block block) {
    int selected = rows.blocks.indexOf(block);
    return selected < 0 ? block.find(rows.labels(i)) : rows.blockRanks[selected][i];
  }

  @Override
  public Optional<SampleCursor> cursor() {
    return Optional.of(new SeriesCursor(this));
  }

  @Override
  public void readNewest(int i, long fromMillis, long toMillis, SampleWindow window) {
    Cancellation.checkCurrent(i);
    HeadSeries head = rows.head.get(i);
    if (head == null || !head.readLast(fromMillis, toMillis, window)) {
      read(i, fromMillis, toMillis, window);
    }
  }

  @Override
  public void read(int i, long fromMillis, long toMillis, SampleWindow window) {
    Cancellation.checkCurrent(i);
    HeadSeries head = rows.head.get(i);
    /* Reads the head first, then the blocks: compaction publishes a block before it removes its
     * samples from the head. So a sample may be seen twice, but never missed. */
    LateSamples late = head == null ? LateSamples.NONE : head.late;
    SeriesSnapshot recent = head == null ? null : head.snapshot();
    int before = window.size();
    BlockSet blocks = currentBlocks.get();
    if (fromMillis < blocks.end()) {
      for (Block block : blocks.overlapping(fromMillis, toMillis)) {
        int rank = rank(i, block);
        if (rank >= 0) {
          block.read(rank, fromMillis, toMillis, window);
        }
      }
    }
    if (recent != null) {
      recent.read(Math.max(fromMillis, blocks.end()), toMillis, window);
    }
    late.mergeInto(window, before, fromMillis, toMillis);
  }
}
