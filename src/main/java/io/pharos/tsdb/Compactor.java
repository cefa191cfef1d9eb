package io.pharos.tsdb;

import io.pharos.bytes.CorruptDataException;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockFiles;
import io.pharos.tsdb.block.BlockSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.NavigableSet;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves closed windows to blocks and deletes expired data.
final class Compactor {
  /* The order of steps makes a crash harmless at any point. The log keeps a window's samples
   * until the block is on disk under its final name; a replay skips samples that are in a block.
   * Within the process, a block is published before its samples are removed from the head, and
   * readers read the head first. */

  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

  /* A log segment is ended when its oldest sample has this age, so that segments can be deleted
   * even if little is written. */
  private static final long SEGMENT_AGE_MILLIS = Duration.ofMinutes(30).toMillis();

  private final Tsdb store;
  private final Path directory;

  /* The last search for windows covered all windows before this time. After the search, only
   * commits that were in progress can add samples to these windows, so the windows are not searched
   * again series by series. */
  private long searchedBefore = Long.MIN_VALUE;

  Compactor(Tsdb store, Path directory) {
    this.store = store;
    this.directory = directory;
  }

  /// Runs one compaction, see [Tsdb#compactTick].
  synchronized Tsdb.CompactionReport run(long nowMillis) {
    try {
      long horizon = Tsdb.windowOf(nowMillis - store.options.maxSampleAge().toMillis());
      boolean horizonMoved = horizon != searchedBefore;
      int written = writeBlocks(nowMillis, horizon, horizonMoved);
      store.chunkFiles.dropBefore(store.blocks.end());
      store.chunkFiles.moveFrom(store.head.all());
      int seriesRemoved = horizonMoved || written > 0 ? removeEmptySeries() : 0;
      searchedBefore = horizon;
      int segments = shortenLog(nowMillis);
      int removed = removeByAge(nowMillis);
      return new Tsdb.CompactionReport(written, removed, segments, seriesRemoved);
    } catch (IOException e) {
      store.metrics.compactionsFailed.increment();
      throw new UncheckedIOException("can't compact the store in " + directory, e);
    } catch (UncheckedIOException | CorruptDataException e) {
      store.metrics.compactionsFailed.increment();
      throw e;
    }
  }

  private int writeBlocks(long nowMillis, long horizon, boolean horizonMoved) throws IOException {
    long blocksEnd = store.blocks.end();
    long lateHorizon = Math.max(horizon, blocksEnd);
    NavigableSet<Long> windows = horizonMoved ? windowsBefore(horizon) : new TreeSet<>();
    if (!store.late.isDue(nowMillis, lateHorizon) && windows.isEmpty()) {
      return 0;
    }
    LateIntake.Transfer late = store.late.begin();
    SortedSet<Long> lateWindows = late.windowsBefore(lateHorizon);
    windows.addAll(lateWindows.tailSet(blocksEnd));
    if (!windows.isEmpty()) {
      long end = windows.last() + Tsdb.WINDOW_MILLIS;
      store.refuseBefore(end);
      /* Until the refusal took effect, commits may have added samples to further windows. */
      windows.addAll(windowsBefore(end));
    }
    for (long start : windows) {
      writeBlock(start, late);
    }
    int merged = 0;
    boolean allMerged = true;
    for (long start : lateWindows.headSet(blocksEnd)) {
      if (start + Tsdb.WINDOW_MILLIS <= oldestKept(nowMillis)) {
        LOG.info(
            "deleted the out-of-order samples of the window at {}, which are older than the retention",
            start);
        late.removeWindow(start);
        continue;
      }
      try {
        writeBlock(start, late);
        merged++;
      } catch (UncheckedIOException e) {
        /* The undamaged part of the block is still readable, so the block is kept. The out-of-order
         * samples stay in memory and in the log. */
        store.metrics.compactionsFailed.increment();
        LOG.error(
            "can't merge out-of-order samples into the block of the window at {}; will retry",
            start,
            e);
        allMerged = false;
      }
    }
    late.end(allMerged, nowMillis);
    return windows.size() + merged;
  }

  private NavigableSet<Long> windowsBefore(long endMillis) {
    var windows = new TreeSet<Long>();
    store.head.all().forEach(series -> series.addWindowsBefore(endMillis, windows));
    return windows;
  }

  private void writeBlock(long start, LateIntake.Transfer late) throws IOException {
    long end = start + Tsdb.WINDOW_MILLIS;
    boolean isOpen = end > store.blocks.end();
    var content = new WindowContent(start, store.blocks.of(start));
    if (isOpen) {
      store.head.all().forEach(content::add);
    }
    late.addTo(content, start);
    if (content.join() == content.added && !isOpen) {
      /* After a restart, the log may still contain samples that are already in the block. */
      late.removeWindow(start);
      return;
    }
    Block block = BlockFiles.write(directory, start, end, content);
    store.publish(store.blocks.replacing(block));
    if (isOpen) {
      for (HeadSeries one : store.head.all()) {
        one.dropBefore(end, store.metrics);
      }
    }
    late.removeWindow(start);
    store.metrics.compactions.increment();
    LOG.info(
        "{}: wrote a block of {} samples in {} series, {} bytes",
        block.file(),
        block.sampleCount(),
        block.seriesCount(),
        block.sizeBytes());
  }

  private int removeEmptySeries() {
    var empty = new ArrayList<HeadSeries>();
    store.exclusively(
        () -> {
          store.head.all().stream().filter(HeadSeries::isEmpty).forEach(empty::add);
          if (!empty.isEmpty()) {
            store.head.detach(empty);
          }
        });
    return empty.size();
  }

  private int shortenLog(long nowMillis) throws IOException {
    store.commitLock.lock();
    try {
      store.wal.rollIfOlderThan(nowMillis - SEGMENT_AGE_MILLIS);
      return store.wal.dropBefore(store.blocks.end());
    } finally {
      store.commitLock.unlock();
    }
  }

  /* Age is measured from the newest sample, or from the current time if the newest sample is
   * later: a clock that jumps ahead must not delete everything. */
  private long oldestKept(long nowMillis) {
    long newest = Math.max(store.blocks.end(), store.head.maxTime());
    return Math.min(nowMillis, newest) - store.options.retention().toMillis();
  }

  private int removeByAge(long nowMillis) throws IOException {
    BlockSet blocks = store.blocks;
    /* Computing the newest sample iterates over all series, so it is skipped if no block can be
     * expired. */
    long latest = nowMillis - store.options.retention().toMillis();
    if (blocks.blocks().stream().noneMatch(block -> block.windowEnd() <= latest)) {
      return 0;
    }
    long oldest = oldestKept(nowMillis);
    int removed = 0;
    for (Block block : blocks.blocks()) {
      if (block.windowEnd() <= oldest) {
        store.publish(store.blocks.without(block));
        Files.deleteIfExists(block.file());
        LOG.info(
            "{}: deleted this block: it is older than the retention of {}",
            block.file(),
            store.options.retention());
        removed++;
      }
    }
    return removed;
  }
}
