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
/// in the meantime, or the position is in a row, it is found again by its time.
final class SeriesCursor implements SampleCursor {
  private final Selection selection;
  private final FloatCursor walk = new FloatCursor();
  private int series;
  private @Nullable HeadSeries head;

  /// The chunk that `walk` reads: a [Chunk], a [ChunkAppender], or null for none.
  private @Nullable Object holder;

  /// Samples of a row that are read instead of `walk`, and how many of them were already read.
  private HeadRow.@Nullable Samples newest;

  private int passed;

  /// Number of samples in the growing chunk that `walk` reads.
  private int walked;

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
  public void resume(int i, SamplePositions places, int slot) {
    start(i);
    after = places.timestamp(slot);
    holder = places.holder(slot);
    walked = 0;
    if (holder instanceof Chunk chunk) {
      resume(chunk.encoding(), chunk.data(), chunk.count(), places, slot);
    } else if (holder instanceof ChunkAppender open) {
      resume(open.encoding(), open.data(), 0, places, slot);
      if (head == null || !head.follow(open, after + 1, this)) {
        holder = null;
      }
    }
  }

  private void resume(
      Chunk.Encoding encoding, byte[] data, int count, SamplePositions places, int slot) {
    walk.resume(
        encoding, data, count, after, places.value(slot), places.place(slot), places.delta(slot));
  }

  /// Replaces the data of the growing chunk by its current data. Returns whether it has more
  /// samples than before.
  boolean follow(byte[] data, int count) {
    boolean hasGrown = count > walked;
    walk.grow(data, count);
    walked = count;
    return hasGrown;
  }

  /// Continues in a finished chunk.
  void found(Chunk chunk) {
    blocked = chunk.encoding() == Chunk.Encoding.HISTOGRAMS;
    holder = chunk;
    walk.open(chunk.encoding(), chunk.data(), blocked ? 0 : chunk.count());
  }

  /// Continues in a growing chunk.
  void found(ChunkAppender open, byte[] data, int count) {
    blocked = open.encoding() == Chunk.Encoding.HISTOGRAMS;
    holder = open;
    walked = count;
    walk.open(open.encoding(), data, blocked ? 0 : count);
  }

  /// Continues in the samples of a row.
  void found(HeadRow.Samples samples) {
    blocked = false;
    holder = null;
    newest = samples;
    passed = 0;
  }

  @Override
  public boolean next() {
    while (true) {
      HeadRow.Samples row = newest;
      if (row != null) {
        if (passed == row.times().length) {
          return false;
        }
        after = row.times()[passed++];
        return true;
      }
      if (holder != null) {
        while (walk.next()) {
          if (walk.timestamp() > after) {
            after = walk.timestamp();
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
      int known = walked;
      if (head.follow(open, after + 1, this)) {
        return walked > known || newest != null;
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
        int id = selection.rank(series, block);
        Chunk chunk = id < 0 ? null : block.chunkFrom(id, from);
        if (chunk != null) {
          found(chunk);
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
    return newest == null ? walk.timestamp() : after;
  }

  @Override
  public double value() {
    return newest == null ? walk.value() : newest.values()[passed - 1];
  }

  @Override
  public void save(SamplePositions places, int slot) {
    if (newest != null) {
      places.set(slot, after, value(), null, FloatCursor.NO_PLACE, 0);
      return;
    }
    long place = walk.place();
    Object in = place == FloatCursor.NO_PLACE ? null : requireNonNull(holder, "nothing was read");
    places.set(slot, walk.timestamp(), walk.value(), in, place, walk.delta());
  }
}
