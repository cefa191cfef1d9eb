package io.pharos.tsdb;

import static java.util.Comparator.comparing;

import io.pharos.bytes.CorruptDataException;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockSeries;
import io.pharos.tsdb.chunk.Chunk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves closed windows to blocks and deletes what need not be kept any more.
final class Compactor {
  /* The order makes a crash harmless at any point: a window's samples are in the log until its
   * block is on disk under its final name; after a restart the log's samples that a block holds
   * are passed over. Within the process a block is published before its samples leave the head,
   * and readers look into the head first. */

  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

  /* A log segment is ended when it holds samples of this age, so that the log can be shortened even
   * where little is written. */
  private static final long SEGMENT_AGE_MILLIS = Duration.ofMinutes(30).toMillis();

  private final Tsdb store;
  private final Path directory;

  Compactor(Tsdb store, Path directory) {
    this.store = store;
    this.directory = directory;
  }

  /// One run, see [Tsdb#compactTick].
  synchronized CompactionReport run(long nowMillis) {
    try {
      int written = writeBlocks(nowMillis);
      int seriesRemoved = removeEmptySeries();
      int segments = shortenLog(nowMillis);
      int removed = removeByAge(nowMillis);
      return new CompactionReport(written, removed, segments, seriesRemoved);
    } catch (IOException e) {
      store.metrics().compactionsFailed.increment();
      throw new UncheckedIOException("compaction in " + directory + " failed", e);
    } catch (UncheckedIOException | CorruptDataException e) {
      store.metrics().compactionsFailed.increment();
      throw e;
    }
  }

  private int writeBlocks(long nowMillis) throws IOException {
    long horizon = Tsdb.windowOf(nowMillis - store.options().maxSampleAge().toMillis());
    var windows = windowsBefore(horizon);
    if (windows.isEmpty()) {
      return 0;
    }
    long end = windows.last() + Tsdb.WINDOW_MILLIS;
    store.refuseBefore(end);
    /* Commits may have added to other windows before that took effect. */
    windows = windowsBefore(end);
    List<HeadSeries> series =
        store.head().all().stream().sorted(comparing(HeadSeries::labels)).toList();
    for (long start : windows) {
      writeBlock(start, series);
    }
    return windows.size();
  }

  private SortedSet<Long> windowsBefore(long endMillis) {
    var windows = new TreeSet<Long>();
    store.head().all().forEach(series -> series.addWindowsBefore(endMillis, windows));
    return windows;
  }

  private void writeBlock(long start, List<HeadSeries> series) throws IOException {
    long end = start + Tsdb.WINDOW_MILLIS;
    var content = new ArrayList<BlockSeries>();
    for (HeadSeries one : series) {
      List<Chunk> chunks = one.chunksOf(start);
      if (!chunks.isEmpty()) {
        content.add(new BlockSeries(one.labels(), chunks, one.startsWithin(start, end)));
      }
    }
    Block block = BlockFiles.write(directory, start, end, content);
    store.publish(store.blocks().with(block));
    for (HeadSeries one : series) {
      one.dropBefore(end, store.metrics());
    }
    store.metrics().compactions.increment();
    LOG.info(
        "{}: wrote {} samples of {} series in {} bytes",
        block.file(),
        block.sampleCount(),
        block.seriesCount(),
        block.sizeBytes());
  }

  private int removeEmptySeries() {
    var empty = new ArrayList<HeadSeries>();
    store.exclusively(
        () -> {
          for (HeadSeries series : store.head().all()) {
            if (series.isEmpty()) {
              empty.add(series);
            }
          }
          if (!empty.isEmpty()) {
            store.head().detach(empty);
          }
        });
    return empty.size();
  }

  private int shortenLog(long nowMillis) throws IOException {
    var dropped = new int[1];
    try {
      store.exclusively(
          () -> {
            store.wal().rollIfOlderThan(nowMillis - SEGMENT_AGE_MILLIS);
            try {
              dropped[0] = store.wal().dropBefore(store.blocks().end());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return dropped[0];
  }

  /* Age is counted from the newest sample that is known, or from now where that is earlier: a clock
   * that jumps ahead must not delete everything. */
  private int removeByAge(long nowMillis) throws IOException {
    BlockSet blocks = store.blocks();
    long newest = Math.max(blocks.end(), store.head().maxTime());
    long oldest = Math.min(nowMillis, newest) - store.options().retention().toMillis();
    int removed = 0;
    for (Block block : blocks.blocks()) {
      if (block.windowEnd() <= oldest) {
        remove(block, "it is older than the retention of " + store.options().retention());
        removed++;
      }
    }
    return removed;
  }

  private void remove(Block block, String reason) throws IOException {
    store.publish(store.blocks().without(block));
    Files.deleteIfExists(block.file());
    LOG.info("{}: deleted, {}", block.file(), reason);
  }
}
