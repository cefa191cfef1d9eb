package io.pharos.tsdb;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.Cancellation;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SamplePositions;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockSet;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkAppender;
import io.pharos.tsdb.chunk.FloatCursor;
import io.pharos.tsdb.late.LateSamples;
import org.jspecify.annotations.Nullable;

/// Steps through the samples of a series in blocks and in the head.
///
/// A position refers to a finished chunk or to the growing chunk. If the growing chunk was finished
/// in the meantime, the file of the finished chunk was closed, or the position is in a row, the
/// position is found again by its time.
final class SeriesCursor implements SampleCursor {
  private final Selection selection;
  private final FloatCursor chunkCursor = new FloatCursor();
  private int series;
  private @Nullable HeadSeries head;

  /// The chunk that `chunkCursor` reads: a [Chunk], a [ChunkAppender], or null for none.
  private @Nullable Object holder;

  /// Samples of a row that are read instead of `chunkCursor`, and how many of them were already
  /// read.
  private HeadRow.@Nullable Samples newest;

  private int rowRead;

  /// Number of samples in the growing chunk that `chunkCursor` reads.
  private int growingCount;

  /// Unix milliseconds of the last sample that was read; only later samples are returned.
  private long after;

  private boolean blocked;

  SeriesCursor(Selection selection) {
    this.selection = selection;
  }

  private void start(int i) {
    Cancellation.checkCurrent(i);
    series = i;
    head = selection.head(i);
    blocked = false;
    newest = null;
  }

  @Override
  public void seek(int i, long fromMillis) {
    start(i);
    holder = null;
    after = fromMillis - 1;
  }

  @Override
  public void resume(int i, SamplePositions positions, int slot) {
    start(i);
    after = positions.timestamp(slot);
    holder = positions.holder(slot);
    growingCount = 0;
    if (holder instanceof Chunk chunk && !chunk.isReadable()) {
      holder = null; // its samples are in a block
    } else if (holder instanceof Chunk chunk) {
      resume(chunk.encoding(), chunk.data(), chunk.count(), positions, slot);
    } else if (holder instanceof ChunkAppender open) {
      resume(open.encoding(), open.data(), 0, positions, slot);
      if (head == null || !head.follow(open, after + 1, this)) {
        holder = null;
      }
    }
  }

  private void resume(
      Chunk.Encoding encoding, byte[] data, int count, SamplePositions positions, int slot) {
    chunkCursor.resume(
        encoding,
        data,
        count,
        after,
        positions.value(slot),
        positions.place(slot),
        positions.delta(slot));
  }

  /// Replaces the data of the growing chunk by its current data. Returns whether the chunk has more
  /// samples than before.
  boolean follow(byte[] data, int count) {
    boolean hasGrown = count > growingCount;
    chunkCursor.grow(data, count);
    growingCount = count;
    return hasGrown;
  }

  /// Continues in a finished chunk.
  void continueIn(Chunk chunk) {
    blocked = chunk.encoding() == Chunk.Encoding.HISTOGRAMS;
    holder = chunk;
    chunkCursor.open(chunk.encoding(), chunk.data(), blocked ? 0 : chunk.count());
  }

  /// Continues in a growing chunk.
  void continueIn(ChunkAppender open, byte[] data, int count) {
    blocked = open.encoding() == Chunk.Encoding.HISTOGRAMS;
    holder = open;
    growingCount = count;
    chunkCursor.open(open.encoding(), data, blocked ? 0 : count);
  }

  /// Continues in the samples of a row.
  void continueIn(HeadRow.Samples samples) {
    blocked = false;
    holder = null;
    newest = samples;
    rowRead = 0;
  }

  @Override
  public boolean next() {
    while (true) {
      HeadRow.Samples row = newest;
      if (row != null) {
        if (rowRead == row.times().length) {
          return false;
        }
        after = row.times()[rowRead++];
        return true;
      }
      if (holder != null) {
        while (chunkCursor.next()) {
          if (chunkCursor.timestamp() > after) {
            after = chunkCursor.timestamp();
            return true;
          }
        }
        if (blocked) {
          return false;
        }
      }
      if (!advance()) {
        return false;
      }
    }
  }

  /// Moves to samples that were not read yet; returns false if there are none.
  private boolean advance() {
    if (head != null && holder instanceof ChunkAppender open) {
      int previousCount = growingCount;
      if (head.follow(open, after + 1, this)) {
        return growingCount > previousCount || newest != null;
      }
    }
    holder = null;
    find();
    return holder != null || newest != null;
  }

  /// Moves to the chunk with the next sample, if there is one.
  @SuppressWarnings(
      "ReferenceEquality") // compares identities: each published set of blocks is a new object
  private void find() {
    BlockSet blocks;
    do {
      blocks = selection.blocks();
      holder = null;
      newest = null;
      find(after + 1, blocks);
      /* A block is published before its samples are removed from the head. So if the blocks are
       * unchanged, no samples were removed. */
    } while (blocks != selection.blocks());
  }

  private void find(long from, BlockSet blocks) {
    if (from < blocks.end()) {
      for (Block block : blocks.overlapping(from, Long.MAX_VALUE)) {
        int rank = selection.rank(series, block);
        Chunk chunk = rank < 0 ? null : block.chunkFrom(rank, from);
        if (chunk != null) {
          continueIn(chunk);
          return;
        }
      }
    }
    if (head != null) {
      head.find(Math.max(from, blocks.end()), this);
    }
  }

  @Override
  public boolean isUnordered() {
    return head != null && head.late != LateSamples.NONE;
  }

  @Override
  public boolean isBlocked() {
    return blocked;
  }

  @Override
  public long timestamp() {
    return newest == null ? chunkCursor.timestamp() : after;
  }

  @Override
  public double value() {
    return newest == null ? chunkCursor.value() : newest.values()[rowRead - 1];
  }

  @Override
  public void save(SamplePositions positions, int slot) {
    if (newest != null) {
      positions.set(slot, after, value(), null, FloatCursor.NO_PLACE, 0);
      return;
    }
    long place = chunkCursor.place();
    Object savedHolder =
        place == FloatCursor.NO_PLACE ? null : requireNonNull(holder, "nothing was read");
    positions.set(
        slot,
        chunkCursor.timestamp(),
        chunkCursor.value(),
        savedHolder,
        place,
        chunkCursor.delta());
  }
}
