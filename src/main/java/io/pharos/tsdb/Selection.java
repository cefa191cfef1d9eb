package io.pharos.tsdb;

import static java.util.Comparator.comparing;

import io.pharos.limits.work.Cancellation;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.block.Block;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The selected series. Reading sees the store as it is at that moment: samples that were committed
/// and blocks that were written after the selection included.
final class Selection implements SeriesSet {
  /// One selected series.
  ///
  /// @param head its samples in memory, if it has any
  /// @param ids its rank in each selected block, or -1; empty means in none
  private record Row(Labels labels, @Nullable HeadSeries head, int[] ids) {}

  private static final int[] NONE = {};

  private final List<Row> rows;
  private final List<Block> selectedBlocks;
  private final Supplier<BlockSet> currentBlocks;
  private final long generation;

  private Selection(
      List<Row> rows,
      List<Block> selectedBlocks,
      Supplier<BlockSet> currentBlocks,
      long generation) {
    this.rows = rows;
    this.selectedBlocks = selectedBlocks;
    this.currentBlocks = currentBlocks;
    this.generation = generation;
  }

  /// Joins the series of the head with those of blocks.
  ///
  /// @param head sorted by labels
  /// @param ids for each block the selected ranks
  static Selection of(
      List<HeadSeries> head,
      List<Block> blocks,
      List<int[]> ids,
      Supplier<BlockSet> currentBlocks,
      long generation) {
    if (blocks.isEmpty()) {
      List<Row> rows = head.stream().map(one -> new Row(one.labels(), one, NONE)).toList();
      return new Selection(rows, blocks, currentBlocks, generation);
    }
    Map<Labels, Row> byLabels = HashMap.newHashMap(head.size());
    for (HeadSeries one : head) {
      byLabels.put(one.labels(), new Row(one.labels(), one, absent(blocks.size())));
    }
    var cancellation = Cancellation.current();
    int turn = 0;
    for (int b = 0; b < blocks.size(); b++) {
      IntFunction<Labels> reader = blocks.get(b).labelsReader();
      for (int id : ids.get(b)) {
        cancellation.check(turn++);
        byLabels.computeIfAbsent(
                    reader.apply(id), labels -> new Row(labels, null, absent(blocks.size())))
                .ids[b] =
            id;
      }
    }
    List<Row> rows = byLabels.values().stream().sorted(comparing(Row::labels)).toList();
    return new Selection(rows, blocks, currentBlocks, generation);
  }

  private static int[] absent(int blocks) {
    var ids = new int[blocks];
    Arrays.fill(ids, -1);
    return ids;
  }

  @Override
  public int size() {
    return rows.size();
  }

  /* Whoever goes through all series asks for the labels or the samples of each. */
  @Override
  public Labels labels(int i) {
    Cancellation.checkCurrent(i);
    return rows.get(i).labels;
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public void read(int i, long fromMillis, long toMillis, SampleWindow window) {
    Cancellation.checkCurrent(i);
    Row row = rows.get(i);
    /* The head first, then the blocks: compaction publishes a block before it takes its samples
     * from the head, so that in this order a sample may be seen twice but never missed. */
    HeadSeries.Snapshot recent = row.head == null ? null : row.head.snapshot();
    BlockSet blocks = currentBlocks.get();
    for (Block block : blocks.overlapping(fromMillis, toMillis)) {
      int selected = selectedBlocks.indexOf(block);
      int id = selected < 0 ? block.find(row.labels) : row.ids[selected];
      if (id >= 0) {
        block.read(id, fromMillis, toMillis, window);
      }
    }
    if (recent != null) {
      recent.read(Math.max(fromMillis, blocks.end()), toMillis, window);
    }
  }
}
