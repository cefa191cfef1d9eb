package io.pharos.tsdb;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.Cancellation;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SamplePlaces;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkAppender;
import io.pharos.tsdb.chunk.ChunkEncoding;
import io.pharos.tsdb.chunk.FloatCursor;
import io.pharos.tsdb.chunk.SampleKind;
import org.jspecify.annotations.Nullable;

/// Walks over the chunks of a series, in blocks and in the head.
///
/// A place lies in a finished chunk, which it keeps, or in the one that grows. When that one was
/// finished meanwhile, or what a place lies in can't be told, it is found again by its time.
final class SeriesCursor implements SampleCursor {
  private final Selection selection;
  private final FloatCursor walk = new FloatCursor();
  private int series;
  private @Nullable HeadSeries head;

  /// What the walk goes over: a [Chunk], a [ChunkAppender], or nothing.
  private @Nullable Object holder;

  /// The time of the sample before those that are wanted.
  private long after;

  private boolean blocked;

  SeriesCursor(Selection selection) {
    this.selection = selection;
  }

  private void stand(int i) {
    Cancellation.checkCurrent(i);
    series = i;
    head = selection.head(i);
    blocked = false;
  }

  @Override
  public void seek(int i, long fromMillis) {
    stand(i);
    holder = null;
    after = fromMillis - 1;
  }

  @Override
  public void resume(int i, SamplePlaces places, int slot) {
    stand(i);
    after = places.timestamp(slot);
    holder = places.holder(slot);
    if (holder instanceof Chunk chunk) {
      resume(chunk.encoding(), chunk.data(), chunk.count(), places, slot);
    } else if (holder instanceof ChunkAppender open) {
      resume(open.encoding(), open.data(), 0, places, slot);
      if (head == null || !head.follow(open, this)) {
        holder = null;
      }
    }
  }

  private void resume(
      ChunkEncoding encoding, byte[] data, int count, SamplePlaces places, int slot) {
    walk.resume(
        encoding, data, count, after, places.value(slot), places.place(slot), places.delta(slot));
  }

  /// Says what the growing chunk that it walks over has now.
  void follow(byte[] data, int count) {
    walk.grow(data, count);
  }

  /// Says where to go on.
  void found(Chunk chunk) {
    blocked = chunk.kind() != SampleKind.FLOAT;
    holder = chunk;
    walk.open(chunk.encoding(), chunk.data(), blocked ? 0 : chunk.count());
  }

  /// Says to go on in a growing chunk.
  void found(ChunkAppender open, byte[] data, int count) {
    blocked = open.kind() != SampleKind.FLOAT;
    holder = open;
    walk.open(open.encoding(), data, blocked ? 0 : count);
  }

  @Override
  public boolean next() {
    while (true) {
      if (holder != null) {
        while (walk.next()) {
          if (walk.timestamp() > after) {
            after = walk.timestamp();
            return true;
          }
        }
        if (blocked || holder instanceof ChunkAppender) {
          return false;
        }
      }
      holder = null;
      find();
      if (holder == null) {
        return false;
      }
    }
  }

  /// Goes to the chunk with the next sample, if there is one.
  private void find() {
    long from = after + 1;
    BlockSet blocks = selection.blocks();
    if (from >= blocks.end()) {
      /* The head first, as in Selection.read. */
      if (head != null) {
        head.find(from, this);
      }
      blocks = selection.blocks();
      if (from >= blocks.end()) {
        return;
      }
    }
    holder = null;
    for (Block block : blocks.overlapping(from, Long.MAX_VALUE)) {
      int id = selection.rank(series, block);
      Chunk chunk = id < 0 ? null : block.chunkFrom(id, from);
      if (chunk != null) {
        found(chunk);
        return;
      }
    }
    if (head != null) {
      head.find(blocks.end(), this);
    }
  }

  @Override
  public boolean isBlocked() {
    return blocked;
  }

  @Override
  public long timestamp() {
    return walk.timestamp();
  }

  @Override
  public double value() {
    return walk.value();
  }

  @Override
  public void save(SamplePlaces places, int slot) {
    long place = walk.place();
    Object in = place == FloatCursor.NO_PLACE ? null : requireNonNull(holder, "it passed nothing");
    places.set(slot, walk.timestamp(), walk.value(), in, place, walk.delta());
  }
}
