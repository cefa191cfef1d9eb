package io.pharos.tsdb;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkAppender;
import io.pharos.tsdb.chunk.ChunkEncoding;
import io.pharos.tsdb.chunk.FloatChunkAppender;
import io.pharos.tsdb.chunk.HistogramChunkAppender;
import io.pharos.tsdb.index.Indexed;
import io.pharos.tsdb.late.LateSamples;
import io.pharos.tsdb.start.SeriesStarts;
import io.pharos.tsdb.start.StartRuns;
import io.pharos.tsdb.wal.WalEncoder;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// A series with its samples in memory: finished chunks and one that grows. A chunk never crosses
/// the border of a block window, and holds floats or histograms.
///
/// Its monitor guards the samples and is held for a few instructions only: readers take a
/// [Snapshot] under it and decode outside. The newest samples of one that is in a [HeadRow] are
/// there, and guarded by the row's monitor.
final class HeadSeries implements Indexed {
  private static final int CHUNK_SAMPLES = 120;

  /* A chunk is read from its beginning; one of large histograms ends earlier. */
  private static final int CHUNK_BYTES = 4096;

  private static final Chunk[] NO_CHUNKS = {};
  private static final byte[] NO_BYTES = {};

  private final Labels labels;

  /* Guarded by the store's commit lock. */
  private int walSegment = -1;
  private int walNumber;
  private boolean attached;

  /* Where its newest samples are. Written under the commit lock and the monitors of both. */
  private volatile @Nullable HeadRow row;
  private int column;

  /* Of few series; made under both locks. */
  private @Nullable SeriesStarts starts;

  /* Written under the store's commit lock. */
  private volatile LateSamples late = LateSamples.NONE;

  /* Guarded by this. */
  private Chunk[] finished = NO_CHUNKS;
  private int finishedCount;
  private @Nullable ChunkAppender open;
  private boolean hasLast;
  private long lastTime;
  private long lastBits;
  private @Nullable Histogram lastHistogram;

  /* The last batch that took a sample, and which of its samples; -1 once it was stored. */
  private int pendingBatch;
  private int pendingSample = -1;

  HeadSeries(Labels labels) {
    this.labels = labels;
  }

  @Override
  public Labels labels() {
    return labels;
  }

  /// The number of the series in a segment of the log, which is told its labels if it lacks them.
  /// Under the commit lock.
  int numberIn(int segment, WalEncoder encoder) {
    if (walSegment != segment) {
      walNumber = encoder.series(labels);
      walSegment = segment;
    }
    return walNumber;
  }

  /// The row that the series is in, if it is in one.
  @Nullable HeadRow row() {
    return row;
  }

  /// Enters a row. Under the commit lock.
  ///
  /// @return Unix milliseconds of the last sample, or `Long.MIN_VALUE` without one
  synchronized long join(HeadRow entered, int itsColumn) {
    row = entered;
    column = itsColumn;
    return hasLast ? lastTime : Long.MIN_VALUE;
  }

  /// Leaves a row, if it is in that one. Under the commit lock.
  @SuppressWarnings("ReferenceEquality") // a row is itself alone
  synchronized void leave(HeadRow left) {
    if (row == left) {
      row = null;
    }
  }

  /* What is appended past the row comes after what it holds. */
  private void settle() {
    HeadRow in = row;
    if (in != null) {
      in.settle();
    }
  }

  /// Whether the log has to say what a sample counts from before that sample, which it does then.
  ///
  /// @param startMillis 0 for unknown
  boolean isStartToBeSaid(int segment, long startMillis) {
    SeriesStarts known = starts;
    if (known == null) {
      if (startMillis == 0) {
        return false;
      }
      known = new SeriesStarts();
      starts(known);
    }
    return known.isToBeSaid(segment, startMillis);
  }

  private synchronized void starts(SeriesStarts made) {
    starts = made;
  }

  /// Notes from when on samples from a time on count. Under the commit lock.
  ///
  /// @param startMillis 0 for unknown
  void startAt(long timestampMillis, long startMillis) {
    if (starts == null && startMillis != 0) {
      starts(new SeriesStarts());
    }
    if (starts != null) {
      noteStart(starts, timestampMillis, startMillis);
    }
  }

  private synchronized void noteStart(SeriesStarts known, long timestampMillis, long startMillis) {
    known.runs(known.runs().with(timestampMillis, startMillis));
  }

  /// From when on the samples of a window count.
  synchronized StartRuns startsWithin(long startMillis, long endMillis) {
    return starts == null ? StartRuns.NONE : starts.runs().within(startMillis, endMillis);
  }

  /// Whether the head holds the series and readers find it.
  boolean isAttached() {
    return attached;
  }

  void attached(boolean now) {
    attached = now;
  }

  /// The samples that came out of order and are in no block yet.
  LateSamples late() {
    return late;
  }

  /// Under the commit lock.
  void late(LateSamples samples) {
    late = samples;
  }

  /// What would become of a sample after those stored and those pending in the same batch. An
  /// accepted one is then pending.
  ///
  /// @param index which of the batch it would be
  /// @param histogram the sample, or null where it is the float
  AppendOutcome offer(
      Batch batch, int index, long timestampMillis, double value, @Nullable Histogram histogram) {
    settle();
    return judgeOffer(batch, index, timestampMillis, value, histogram);
  }

  private synchronized AppendOutcome judgeOffer(
      Batch batch, int index, long timestampMillis, double value, @Nullable Histogram histogram) {
    long bits = Double.doubleToRawLongBits(value);
    int pending = pendingBatch == batch.id() ? pendingSample : -1;
    AppendOutcome outcome =
        pending >= 0 && pending < index && batch.isOf(pending, this)
            ? judge(
                batch.timestamps()[pending],
                Double.doubleToRawLongBits(batch.values()[pending]),
                batch.histogram(pending),
                timestampMillis,
                bits,
                histogram)
            : judgeStored(timestampMillis, bits, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      pendingBatch = batch.id();
      pendingSample = index;
    }
    return outcome;
  }

  /// Stores a sample if it still may be stored. Under the commit lock.
  ///
  /// @param histogram the sample, or null where it is the float
  AppendOutcome append(
      long timestampMillis, double value, @Nullable Histogram histogram, TsdbMetrics metrics) {
    settle();
    AppendOutcome outcome = appendBehind(timestampMillis, value, histogram, metrics);
    HeadRow in = row;
    if (in != null && outcome == AppendOutcome.APPENDED) {
      in.noteTime(timestampMillis);
    }
    return outcome;
  }

  private synchronized AppendOutcome appendBehind(
      long timestampMillis, double value, @Nullable Histogram histogram, TsdbMetrics metrics) {
    AppendOutcome outcome =
        judgeStored(timestampMillis, Double.doubleToRawLongBits(value), histogram);
    if (outcome == AppendOutcome.APPENDED) {
      store(timestampMillis, value, histogram, metrics);
    }
    return outcome;
  }

  /// Takes the first samples of a column of the row, which come after all others. Under the row's
  /// monitor.
  synchronized void take(
      int count, long[] times, double[][] values, int ofColumn, TsdbMetrics metrics) {
    for (int i = 0; i < count; i++) {
      store(times[i], values[i][ofColumn], null, metrics);
    }
  }

  private void store(
      long timestampMillis, double value, @Nullable Histogram histogram, TsdbMetrics metrics) {
    pendingSample = -1;
    ChunkAppender current = open;
    if (current != null && !takes(current, timestampMillis)) {
      finish(current);
      current = null;
    }
    if (histogram == null) {
      append(current, timestampMillis, value);
    } else {
      append(current, timestampMillis, histogram);
    }
    if (open != current) {
      metrics.chunkAdded();
    }
    hasLast = true;
    lastTime = timestampMillis;
    lastBits = Double.doubleToRawLongBits(value);
    if (histogram != null || lastHistogram != null) {
      lastHistogram = histogram;
    }
  }

  private void append(@Nullable ChunkAppender current, long timestampMillis, double value) {
    if (current instanceof FloatChunkAppender floats) {
      floats.append(timestampMillis, value);
      return;
    }
    if (current != null) {
      finish(current);
    }
    open = new FloatChunkAppender(timestampMillis, value);
  }

  private void append(@Nullable ChunkAppender current, long timestampMillis, Histogram histogram) {
    if (current instanceof HistogramChunkAppender histograms) {
      histograms.append(timestampMillis, histogram);
      return;
    }
    if (current != null) {
      finish(current);
    }
    open = new HistogramChunkAppender(timestampMillis, histogram);
  }

  private static boolean takes(ChunkAppender chunk, long timestampMillis) {
    return chunk.count() < CHUNK_SAMPLES
        && chunk.sizeBytes() < CHUNK_BYTES
        && Tsdb.windowOf(chunk.minTime()) == Tsdb.windowOf(timestampMillis);
  }

  private void finish(ChunkAppender chunk) {
    if (finishedCount == finished.length) {
      finished = Arrays.copyOf(finished, Math.max(4, finishedCount * 2));
    }
    finished[finishedCount++] = chunk.seal();
    open = null;
  }

  private AppendOutcome judgeStored(long time, long bits, @Nullable Histogram histogram) {
    return hasLast
        ? judge(lastTime, lastBits, lastHistogram, time, bits, histogram)
        : AppendOutcome.APPENDED;
  }

  private static AppendOutcome judge(
      long lastTime,
      long lastBits,
      @Nullable Histogram lastHistogram,
      long time,
      long bits,
      @Nullable Histogram histogram) {
    if (time > lastTime) {
      return AppendOutcome.APPENDED;
    }
    if (time < lastTime) {
      return AppendOutcome.OUT_OF_ORDER;
    }
    return isSame(lastBits, lastHistogram, bits, histogram)
        ? AppendOutcome.DUPLICATE
        : AppendOutcome.DUPLICATE_TIMESTAMP;
  }

  private static boolean isSame(
      long lastBits, @Nullable Histogram lastHistogram, long bits, @Nullable Histogram histogram) {
    if (histogram == null) {
      return lastHistogram == null && bits == lastBits;
    }
    return lastHistogram != null && histogram.equals(lastHistogram.withHint(histogram.hint()));
  }

  /// The samples at this moment, to be read without a lock.
  Snapshot snapshot() {
    HeadRow in = row;
    if (in == null) {
      return snapshot(null);
    }
    synchronized (in) {
      return snapshot(isIn(in) ? in.from(Long.MIN_VALUE, column) : null);
    }
  }

  /* One that has left the row since has what it held; what it got afterwards came later than now. */
  @SuppressWarnings("ReferenceEquality") // a row is itself alone
  private boolean isIn(HeadRow one) {
    return row == one;
  }

  private synchronized Snapshot snapshot(HeadRow.@Nullable Samples newest) {
    ChunkAppender current = open;
    StartRuns runs = starts == null ? StartRuns.NONE : starts.runs();
    return current == null
        ? new Snapshot(
            finished, finishedCount, ChunkEncoding.FLOATS, 0, 0, 0, NO_BYTES, newest, runs)
        : new Snapshot(
            finished,
            finishedCount,
            current.encoding(),
            current.count(),
            current.minTime(),
            current.maxTime(),
            current.data(),
            newest,
            runs);
  }

  /// The last sample if it is a float in the closed interval.
  ///
  /// @return whether it was appended to the window
  boolean readLast(long fromMillis, long toMillis, SampleWindow window) {
    HeadRow in = row;
    if (in != null) {
      synchronized (in) {
        if (isIn(in) && !in.isEmpty()) {
          long time = in.newestTime();
          if (time < fromMillis || time > toMillis) {
            return false;
          }
          window.add(time, in.newestValue(column));
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
        || lastTime > toMillis) {
      return false;
    }
    if (finishedCount == 0 && open == null) {
      return false;
    }
    window.add(lastTime, Double.longBitsToDouble(lastBits));
    return true;
  }

  /// Leads a cursor to the samples that a growing chunk has now; where it knew of all of them, to
  /// what the row has from a time on.
  ///
  /// @return false if the chunk does not grow any more
  boolean follow(ChunkAppender chunk, long timeMillis, SeriesCursor cursor) {
    HeadRow in = row;
    if (in == null) {
      return followChunk(chunk, cursor) != Growth.ENDED;
    }
    synchronized (in) {
      Growth growth = followChunk(chunk, cursor);
      HeadRow.Samples newest =
          growth == Growth.NONE && isIn(in) ? in.from(timeMillis, column) : null;
      if (newest != null) {
        cursor.found(newest);
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

  /// Leads a cursor to the first chunk that ends at or after a time, or to what the row has, if
  /// there is one.
  void find(long timeMillis, SeriesCursor cursor) {
    HeadRow in = row;
    if (in == null) {
      boolean _ = findChunk(timeMillis, cursor);
      return;
    }
    synchronized (in) {
      boolean held = isIn(in) && !in.isEmpty();
      /* Who comes for what is new need not look at the chunks. */
      if ((!held || in.oldestTime() > timeMillis) && findChunk(timeMillis, cursor)) {
        return;
      }
      HeadRow.Samples newest = held ? in.from(timeMillis, column) : null;
      if (newest != null) {
        cursor.found(newest);
      }
    }
  }

  private synchronized boolean findChunk(long timeMillis, SeriesCursor cursor) {
    int i = finishedCount;
    while (i > 0 && finished[i - 1].maxTime() >= timeMillis) {
      i--;
    }
    if (i < finishedCount) {
      cursor.found(finished[i]);
      return true;
    }
    if (open != null && open.maxTime() >= timeMillis) {
      cursor.found(open, open.data(), open.count());
      return true;
    }
    return false;
  }

  /// Adds the starts of the windows before `endMillis` that have samples.
  void addWindowsBefore(long endMillis, NavigableSet<Long> windows) {
    HeadRow in = row;
    if (in != null) {
      synchronized (in) {
        in.addWindowsBefore(endMillis, windows);
      }
    }
    addWindowsOfChunks(endMillis, windows);
  }

  private synchronized void addWindowsOfChunks(long endMillis, NavigableSet<Long> windows) {
    for (int i = 0; i < finishedCount && finished[i].minTime() < endMillis; i++) {
      windows.add(Tsdb.windowOf(finished[i].minTime()));
    }
    if (open != null && open.minTime() < endMillis) {
      windows.add(Tsdb.windowOf(open.minTime()));
    }
  }

  /// The chunks of one window. Nothing may be appended to that window any more.
  List<Chunk> chunksOf(long windowStart) {
    settle();
    return settledChunksOf(windowStart);
  }

  private synchronized List<Chunk> settledChunksOf(long windowStart) {
    ChunkAppender current = open;
    if (current != null && Tsdb.windowOf(current.minTime()) == windowStart) {
      finish(current);
    }
    return Arrays.stream(finished, 0, finishedCount)
        .filter(chunk -> Tsdb.windowOf(chunk.minTime()) == windowStart)
        .toList();
  }

  boolean isEmpty() {
    return firstTime() == Long.MAX_VALUE && late == LateSamples.NONE;
  }

  /// Unix milliseconds of the first sample in memory, or `Long.MAX_VALUE` without one.
  long firstTime() {
    HeadRow in = row;
    if (in == null) {
      return firstTimeOfChunks();
    }
    synchronized (in) {
      long first = firstTimeOfChunks();
      return first < Long.MAX_VALUE || in.isEmpty() || !isIn(in) ? first : in.oldestTime();
    }
  }

  private synchronized long firstTimeOfChunks() {
    if (finishedCount > 0) {
      return finished[0].minTime();
    }
    return open == null ? Long.MAX_VALUE : open.minTime();
  }

  /// Unix milliseconds of the last sample, or `Long.MIN_VALUE` without one.
  long lastTime() {
    HeadRow in = row;
    if (in == null) {
      return lastTimeOfChunks();
    }
    synchronized (in) {
      return in.isEmpty() || !isIn(in) ? lastTimeOfChunks() : in.newestTime();
    }
  }

  private synchronized long lastTimeOfChunks() {
    return hasLast ? lastTime : Long.MIN_VALUE;
  }

  /// Forgets the finished chunks before a window's end.
  synchronized void dropBefore(long endMillis, TsdbMetrics metrics) {
    int gone = 0;
    while (gone < finishedCount && finished[gone].minTime() < endMillis) {
      gone++;
    }
    if (gone > 0) {
      finished = Arrays.copyOfRange(finished, gone, finishedCount);
      finishedCount -= gone;
      metrics.chunksRemoved(gone);
    }
    if (starts != null) {
      starts.runs(starts.runs().from(endMillis));
    }
  }

  /// Samples of one moment: `finishedCount` chunks, the first `openCount` samples of `openData`,
  /// and the newest, which the chunks lack.
  record Snapshot(
      Chunk[] finished,
      int finishedCount,
      ChunkEncoding openEncoding,
      int openCount,
      long openMinTime,
      long openMaxTime,
      byte[] openData,
      HeadRow.@Nullable Samples newest,
      StartRuns starts) {

    /// Appends the samples of the closed interval to the window.
    void read(long fromMillis, long toMillis, SampleWindow window) {
      int before = window.size();
      readSamples(fromMillis, toMillis, window);
      starts.tell(window, before);
    }

    private void readSamples(long fromMillis, long toMillis, SampleWindow window) {
      if (newest == null || newest.times()[0] > fromMillis) {
        readChunks(fromMillis, toMillis, window);
      }
      if (newest != null) {
        newest.read(fromMillis, toMillis, window);
      }
    }

    private void readChunks(long fromMillis, long toMillis, SampleWindow window) {
      for (int i = firstEndingAtOrAfter(fromMillis); i < finishedCount; i++) {
        if (finished[i].minTime() > toMillis) {
          return;
        }
        finished[i].read(fromMillis, toMillis, window);
      }
      if (openCount > 0 && openMaxTime >= fromMillis && openMinTime <= toMillis) {
        Chunk.read(openEncoding, openData, openCount, fromMillis, toMillis, window);
      }
    }

    private int firstEndingAtOrAfter(long timeMillis) {
      int i = finishedCount;
      while (i > 0 && finished[i - 1].maxTime() >= timeMillis) {
        i--;
      }
      return i;
    }
  }
}
