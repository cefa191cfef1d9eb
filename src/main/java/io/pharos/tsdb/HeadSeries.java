package io.pharos.tsdb;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesShare;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkAppender;
import io.pharos.tsdb.index.LabelIndex;
import io.pharos.tsdb.late.LateSamples;
import io.pharos.tsdb.start.StartRuns;
import io.pharos.tsdb.wal.WalEncoder;
import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// A series with its samples in memory: finished chunks and a growing one. A chunk lies within one
/// block window and contains either floats or histograms.
///
/// The monitor of this object guards the samples and is held only briefly: readers create a
/// [SeriesSnapshot] while they hold it, and decode the snapshot afterwards. If the series is in a
/// [HeadRow], the row contains its newest samples, guarded by the row's monitor.
final class HeadSeries implements LabelIndex.Indexed {
  private static final int CHUNK_SAMPLES = 120;

  /* A chunk is always read from its beginning, so chunks of large histograms end earlier. */
  private static final int CHUNK_BYTES = 4096;

  private static final byte[] NO_BYTES = {};

  private final Labels labels;

  /* Guarded by the store's commit lock. */
  private int walSegment = -1;
  private int walNumber;

  /// Whether the series is in the head, where queries find it.
  boolean attached;

  /// The source of the samples; null if it is unknown. Written before the series is in the head, or
  /// under the store's commit lock.
  @Nullable SeriesShare share;

  /* The row that buffers the newest samples of this series. Written under the commit lock and
   * both monitors. */
  volatile @Nullable HeadRow row;
  private int column;

  /* Start timestamps; null for most series. Created under the commit lock and this monitor. */
  private StartRuns.@Nullable OfSeries starts;

  /// The out-of-order samples that are in no block yet. Written under the store's commit lock.
  volatile LateSamples late = LateSamples.NONE;

  /* Guarded by this. */
  private final FinishedChunks finished = new FinishedChunks();
  private @Nullable ChunkAppender open;
  private boolean hasLast;
  private long lastTime;
  private double lastValue;
  private @Nullable Histogram lastHistogram;

  /* The id of the batch that last accepted a sample of this series, and the index of the sample in
   * the batch, or -1 after the sample was stored. */
  private int pendingBatch;
  private int pendingSample = -1;

  HeadSeries(Labels labels) {
    this.labels = labels;
  }

  @Override
  public Labels labels() {
    return labels;
  }

  /// Sets the source of a series whose source is unknown, such as after a restart. Called under the
  /// store's commit lock.
  void adopt(@Nullable SeriesShare source) {
    if (share == null && source != null) {
      share = source;
      source.add(attached ? 1 : 0);
    }
  }

  /// Returns the number of the series in a log segment. A series without a number is added to the
  /// segment first. Called under the commit lock.
  int numberIn(int segment, WalEncoder encoder) {
    if (walSegment != segment) {
      walNumber = encoder.series(labels);
      walSegment = segment;
    }
    return walNumber;
  }

  /// Joins a row. Returns Unix milliseconds of the last sample, or `Long.MIN_VALUE` without one.
  /// Called under the commit lock.
  synchronized long join(HeadRow joined, int itsColumn) {
    row = joined;
    column = itsColumn;
    return hasLast ? lastTime : Long.MIN_VALUE;
  }

  /// Leaves a row if the series is in it. Called under the commit lock.
  synchronized void leave(HeadRow former) {
    if (isIn(former)) {
      row = null;
    }
  }

  /* Samples that are appended singly are newer than those of the row, so the row is flushed
   * first. */
  private void flushRow() {
    HeadRow currentRow = row;
    if (currentRow != null) {
      currentRow.flush();
    }
  }

  /// Returns whether the log must record the start timestamp before the next sample. If so, assumes
  /// that the caller records it. `startMillis` is 0 for unknown.
  boolean mustLogStart(int segment, long startMillis) {
    return (starts != null || startMillis != 0) && startsOrNew().mustLog(segment, startMillis);
  }

  private synchronized StartRuns.OfSeries startsOrNew() {
    if (starts == null) {
      starts = new StartRuns.OfSeries();
    }
    return starts;
  }

  /// Sets the start timestamp of the samples at or after a time. `startMillis` is 0 for unknown.
  /// Called under the commit lock.
  synchronized void startAt(long timestampMillis, long startMillis) {
    if (starts != null || startMillis != 0) {
      StartRuns.OfSeries current = startsOrNew();
      current.runs(current.runs().with(timestampMillis, startMillis));
    }
  }

  /// The start timestamps of a window.
  synchronized StartRuns startsWithin(long startMillis, long endMillis) {
    return starts == null ? StartRuns.NONE : starts.runs().within(startMillis, endMillis);
  }

  /// Computes the outcome of adding a sample after the stored samples and after the pending samples
  /// of the same batch. An accepted sample becomes pending.
  ///
  /// @param index index of the sample in the batch
  /// @param histogram the sample if it is a histogram, else null
  AppendOutcome offer(
      Batch batch, int index, long timestampMillis, double value, @Nullable Histogram histogram) {
    flushRow();
    return offerToChunks(batch, index, timestampMillis, value, histogram);
  }

  private synchronized AppendOutcome offerToChunks(
      Batch batch, int index, long timestampMillis, double value, @Nullable Histogram histogram) {
    int pending = pendingBatch == batch.id ? pendingSample : -1;
    AppendOutcome outcome =
        pending >= 0 && pending < index && batch.isOf(pending, this)
            ? AppendOutcome.after(
                batch.samples.timestamp(pending),
                batch.samples.value(pending),
                batch.samples.histogram(pending),
                timestampMillis,
                value,
                histogram)
            : outcomeAfterStored(timestampMillis, value, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      pendingBatch = batch.id;
      pendingSample = index;
    }
    return outcome;
  }

  /// Stores a sample if it is still acceptable. `histogram` is the sample if it is a histogram,
  /// else null. Called under the commit lock.
  AppendOutcome append(
      long timestampMillis, double value, @Nullable Histogram histogram, TsdbMetrics metrics) {
    flushRow();
    synchronized (this) {
      AppendOutcome outcome = outcomeAfterStored(timestampMillis, value, histogram);
      if (outcome != AppendOutcome.APPENDED) {
        return outcome;
      }
      store(timestampMillis, value, histogram, metrics);
    }
    HeadRow currentRow = row;
    if (currentRow != null) {
      currentRow.noteTime(timestampMillis);
    }
    return AppendOutcome.APPENDED;
  }

  /// Appends the samples that a row buffered for this series; they are newer than all stored ones.
  /// Called under the row's monitor.
  synchronized void appendBuffered(
      int count, long[] times, double[][] values, int ofColumn, TsdbMetrics metrics) {
    for (int i = 0; i < count; i++) {
      store(times[i], values[i][ofColumn], null, metrics);
    }
  }

  private void store(
      long timestampMillis, double value, @Nullable Histogram histogram, TsdbMetrics metrics) {
    pendingSample = -1;
    ChunkAppender current = open;
    if (current != null && !fits(current, timestampMillis)) {
      finish(current);
      current = null;
    }
    if (histogram == null && current instanceof ChunkAppender.Floats floats) {
      floats.append(timestampMillis, value);
    } else if (histogram != null && current instanceof ChunkAppender.Histograms histograms) {
      histograms.append(timestampMillis, histogram);
    } else {
      if (current != null) {
        finish(current);
      }
      open =
          histogram == null
              ? new ChunkAppender.Floats(timestampMillis, value)
              : new ChunkAppender.Histograms(timestampMillis, histogram);
      metrics.chunkAdded();
    }
    hasLast = true;
    lastTime = timestampMillis;
    lastValue = value;
    if (histogram != null || lastHistogram != null) {
      lastHistogram = histogram;
    }
  }

  private static boolean fits(ChunkAppender chunk, long timestampMillis) {
    return chunk.count() < CHUNK_SAMPLES
        && chunk.sizeBytes() < CHUNK_BYTES
        && Tsdb.windowOf(chunk.minTime()) == Tsdb.windowOf(timestampMillis);
  }

  private void finish(ChunkAppender chunk) {
    finished.add(chunk.seal());
    open = null;
  }

  private AppendOutcome outcomeAfterStored(long time, double value, @Nullable Histogram histogram) {
    return hasLast
        ? AppendOutcome.after(lastTime, lastValue, lastHistogram, time, value, histogram)
        : AppendOutcome.APPENDED;
  }

  /// The samples at this moment, to be read without a lock.
  SeriesSnapshot snapshot() {
    HeadRow currentRow = row;
    if (currentRow == null) {
      return snapshot(null);
    }
    synchronized (currentRow) {
      return snapshot(isIn(currentRow) ? currentRow.from(Long.MIN_VALUE, column) : null);
    }
  }

  /* Whether the series is still in a row. If it has left the row, the row's samples were flushed to
   * the chunks, and samples in another row are newer than the snapshot. */
  @SuppressWarnings("ReferenceEquality") // compares identities: a row equals only itself
  private boolean isIn(HeadRow one) {
    return row == one;
  }

  private synchronized SeriesSnapshot snapshot(HeadRow.@Nullable Samples newest) {
    ChunkAppender current = open;
    StartRuns runs = starts == null ? StartRuns.NONE : starts.runs();
    return current == null
        ? new SeriesSnapshot(
            finished.array(),
            finished.count(),
            Chunk.Encoding.FLOATS,
            0,
            0,
            0,
            NO_BYTES,
            newest,
            runs)
        : new SeriesSnapshot(
            finished.array(),
            finished.count(),
            current.encoding(),
            current.count(),
            current.minTime(),
            current.maxTime(),
            current.data(),
            newest,
            runs);
  }

  /// Appends the last sample to the window if it is a float in the closed interval. Returns whether
  /// it was appended.
  boolean readLast(long fromMillis, long toMillis, SampleWindow window) {
    HeadRow currentRow = row;
    if (currentRow != null) {
      synchronized (currentRow) {
        if (isIn(currentRow) && !currentRow.isEmpty()) {
          long time = currentRow.newestTime();
          if (time < fromMillis || time > toMillis) {
            return false;
          }
          window.add(time, currentRow.newestValue(column));
          return true;
        }
      }
    }
    return readLastOfChunks(fromMillis, toMillis, window);
  }

  private synchronized boolean readLastOfChunks(
      long fromMillis, long toMillis, SampleWindow window) {
    if (!hasLast
        || late != LateSamples.NONE
        || lastHistogram != null
        || lastTime < fromMillis
        || lastTime > toMillis
        || (finished.isEmpty() && open == null)) {
      return false;
    }
    window.add(lastTime, lastValue);
    return true;
  }

  /// Passes the current samples of a growing chunk to a cursor. If the cursor has already read all
  /// of them, passes the row's samples at or after `timeMillis` instead. Returns false if the chunk
  /// no longer grows.
  boolean follow(ChunkAppender chunk, long timeMillis, SeriesCursor cursor) {
    HeadRow currentRow = row;
    if (currentRow == null) {
      return followChunk(chunk, cursor) != Growth.ENDED;
    }
    synchronized (currentRow) {
      Growth growth = followChunk(chunk, cursor);
      HeadRow.Samples newest =
          growth == Growth.NONE && isIn(currentRow) ? currentRow.from(timeMillis, column) : null;
      if (newest != null) {
        cursor.continueIn(newest);
      }
      return growth != Growth.ENDED;
    }
  }

  private enum Growth {
    SOME,
    NONE,
    ENDED
  }

  private synchronized Growth followChunk(ChunkAppender chunk, SeriesCursor cursor) {
    if (open != chunk) {
      return Growth.ENDED;
    }
    return cursor.follow(chunk.data(), chunk.count()) ? Growth.SOME : Growth.NONE;
  }

  /// Moves a cursor to the first chunk that ends at or after a time. If there is none, moves it to
  /// the samples of the row.
  void find(long timeMillis, SeriesCursor cursor) {
    HeadRow currentRow = row;
    if (currentRow == null) {
      boolean _ = findChunk(timeMillis, cursor);
      return;
    }
    synchronized (currentRow) {
      boolean rowHasSamples = isIn(currentRow) && !currentRow.isEmpty();
      /* The chunks need not be searched if the row has a sample at or before the time, as it has
       * for a cursor that follows new samples. */
      if ((!rowHasSamples || currentRow.oldestTime() > timeMillis)
          && findChunk(timeMillis, cursor)) {
        return;
      }
      HeadRow.Samples newest = rowHasSamples ? currentRow.from(timeMillis, column) : null;
      if (newest != null) {
        cursor.continueIn(newest);
      }
    }
  }

  private synchronized boolean findChunk(long timeMillis, SeriesCursor cursor) {
    int i = SeriesSnapshot.firstEndingAtOrAfter(finished.array(), finished.count(), timeMillis);
    if (i < finished.count()) {
      cursor.continueIn(finished.get(i));
      return true;
    }
    if (open != null && open.maxTime() >= timeMillis) {
      cursor.continueIn(open, open.data(), open.count());
      return true;
    }
    return false;
  }

  /// Adds the start times of the windows before `endMillis` in which the series has samples.
  void addWindowsBefore(long endMillis, NavigableSet<Long> windows) {
    HeadRow currentRow = row;
    if (currentRow != null) {
      synchronized (currentRow) {
        currentRow.addWindowsBefore(endMillis, windows);
      }
    }
    addWindowsOfChunks(endMillis, windows);
  }

  private synchronized void addWindowsOfChunks(long endMillis, NavigableSet<Long> windows) {
    finished.addWindowsBefore(endMillis, windows);
    if (open != null && open.minTime() < endMillis) {
      windows.add(Tsdb.windowOf(open.minTime()));
    }
  }

  /// The chunks of one window, which must no longer receive samples.
  List<Chunk> chunksOf(long windowStart) {
    flushRow();
    synchronized (this) {
      ChunkAppender current = open;
      if (current != null && Tsdb.windowOf(current.minTime()) == windowStart) {
        finish(current);
      }
      return finished.of(windowStart);
    }
  }

  /// The finished chunks that are in no file.
  synchronized List<Chunk> finishedInMemory() {
    return finished.inMemory();
  }

  /// Replaces the oldest of these chunks, unless it was removed.
  synchronized void move(Chunk chunk, Chunk moved) {
    finished.move(chunk, moved);
  }

  /// Whether the series has no samples in memory.
  boolean isEmpty() {
    return firstTime() == Long.MAX_VALUE && late == LateSamples.NONE;
  }

  /// Unix milliseconds of the first sample in memory, or `Long.MAX_VALUE` without one.
  long firstTime() {
    HeadRow currentRow = row;
    if (currentRow == null) {
      return firstTimeOfChunks();
    }
    synchronized (currentRow) {
      long first = firstTimeOfChunks();
      return first < Long.MAX_VALUE || currentRow.isEmpty() || !isIn(currentRow)
          ? first
          : currentRow.oldestTime();
    }
  }

  private synchronized long firstTimeOfChunks() {
    if (!finished.isEmpty()) {
      return finished.get(0).minTime();
    }
    return open == null ? Long.MAX_VALUE : open.minTime();
  }

  /// Unix milliseconds of the last sample, or `Long.MIN_VALUE` without one.
  long lastTime() {
    HeadRow currentRow = row;
    if (currentRow == null) {
      return lastTimeOfChunks();
    }
    synchronized (currentRow) {
      return currentRow.isEmpty() || !isIn(currentRow)
          ? lastTimeOfChunks()
          : currentRow.newestTime();
    }
  }

  private synchronized long lastTimeOfChunks() {
    return hasLast ? lastTime : Long.MIN_VALUE;
  }

  /// Removes the finished chunks before a window's end.
  synchronized void dropBefore(long endMillis, TsdbMetrics metrics) {
    metrics.chunksRemoved(finished.dropBefore(endMillis));
    if (starts != null) {
      starts.runs(starts.runs().from(endMillis));
    }
  }
}
