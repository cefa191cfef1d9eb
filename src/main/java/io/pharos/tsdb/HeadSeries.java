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
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/// A series with its samples in memory: finished chunks and one that grows. A chunk never crosses
/// the border of a block window, and holds floats or histograms.
///
/// Its monitor guards the samples and is held for a few instructions only: readers take a
/// [Snapshot] under it and decode outside.
final class HeadSeries implements Indexed {
  private static final int CHUNK_SAMPLES = 120;

  /* A chunk is read from its beginning; one of large histograms ends earlier. */
  private static final int CHUNK_BYTES = 4096;

  private static final Chunk[] NO_CHUNKS = {};

  private final Labels labels;

  /* Guarded by the store's commit lock. */
  private int walSegment = -1;
  private int walNumber;
  private boolean attached;

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
  private long pendingBatch = -1;
  private long pendingTime;
  private long pendingBits;
  private @Nullable Histogram pendingHistogram;

  HeadSeries(Labels labels) {
    this.labels = labels;
  }

  @Override
  public Labels labels() {
    return labels;
  }

  /// The last log segment that the labels were written to, or -1.
  int walSegment() {
    return walSegment;
  }

  /// The number of the series in that segment.
  int walNumber() {
    return walNumber;
  }

  void inWal(int segment, int number) {
    walSegment = segment;
    walNumber = number;
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
  /// @param histogram the sample, or null where it is the float
  synchronized AppendOutcome offer(
      long batch, long timestampMillis, double value, @Nullable Histogram histogram) {
    long bits = Double.doubleToRawLongBits(value);
    AppendOutcome outcome =
        pendingBatch == batch
            ? judge(pendingTime, pendingBits, pendingHistogram, timestampMillis, bits, histogram)
            : judgeStored(timestampMillis, bits, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      pendingBatch = batch;
      pendingTime = timestampMillis;
      pendingBits = bits;
      pending(histogram);
    }
    return outcome;
  }

  /// Stores a sample if it still may be stored.
  ///
  /// @param histogram the sample, or null where it is the float
  synchronized AppendOutcome append(
      long timestampMillis, double value, @Nullable Histogram histogram, TsdbMetrics metrics) {
    long bits = Double.doubleToRawLongBits(value);
    AppendOutcome outcome = judgeStored(timestampMillis, bits, histogram);
    if (outcome != AppendOutcome.APPENDED) {
      return outcome;
    }
    pending(null);
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
    lastBits = bits;
    if (histogram != null || lastHistogram != null) {
      lastHistogram = histogram;
    }
    return outcome;
  }

  /* Writing a reference costs more than comparing it, and series of floats have none. */
  private void pending(@Nullable Histogram histogram) {
    if (histogram != null || pendingHistogram != null) {
      pendingHistogram = histogram;
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
  synchronized Snapshot snapshot() {
    ChunkAppender current = open;
    StartRuns runs = starts == null ? StartRuns.NONE : starts.runs();
    return current == null
        ? new Snapshot(finished, finishedCount, ChunkEncoding.FLOATS, 0, 0, 0, new byte[0], runs)
        : new Snapshot(
            finished,
            finishedCount,
            current.encoding(),
            current.count(),
            current.minTime(),
            current.maxTime(),
            current.data(),
            runs);
  }

  /// The last sample if it is a float in the closed interval.
  ///
  /// @return whether it was appended to the window
  synchronized boolean readLast(long fromMillis, long toMillis, SampleWindow window) {
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

  /// Leads a cursor to the samples that a growing chunk has now.
  ///
  /// @return false if it does not grow any more
  synchronized boolean follow(ChunkAppender chunk, SeriesCursor cursor) {
    if (open != chunk) {
      return false;
    }
    cursor.follow(chunk.data(), chunk.count());
    return true;
  }

  /// Leads a cursor to the first chunk that ends at or after a time, if there is one.
  synchronized void find(long timeMillis, SeriesCursor cursor) {
    int i = finishedCount;
    while (i > 0 && finished[i - 1].maxTime() >= timeMillis) {
      i--;
    }
    if (i < finishedCount) {
      cursor.found(finished[i]);
    } else if (open != null && open.maxTime() >= timeMillis) {
      cursor.found(open, open.data(), open.count());
    }
  }

  /// Adds the starts of the windows before `endMillis` that have samples.
  synchronized void addWindowsBefore(long endMillis, NavigableSet<Long> windows) {
    for (int i = 0; i < finishedCount && finished[i].minTime() < endMillis; i++) {
      windows.add(Tsdb.windowOf(finished[i].minTime()));
    }
    if (open != null && open.minTime() < endMillis) {
      windows.add(Tsdb.windowOf(open.minTime()));
    }
  }

  /// The chunks of one window. Nothing may be appended to that window any more.
  synchronized List<Chunk> chunksOf(long windowStart) {
    ChunkAppender current = open;
    if (current != null && Tsdb.windowOf(current.minTime()) == windowStart) {
      finish(current);
    }
    return Arrays.stream(finished, 0, finishedCount)
        .filter(chunk -> Tsdb.windowOf(chunk.minTime()) == windowStart)
        .toList();
  }

  synchronized boolean isEmpty() {
    return finishedCount == 0 && open == null && late == LateSamples.NONE;
  }

  /// Unix milliseconds of the first sample in memory, or `Long.MAX_VALUE` without one.
  synchronized long firstTime() {
    if (finishedCount > 0) {
      return finished[0].minTime();
    }
    return open == null ? Long.MAX_VALUE : open.minTime();
  }

  /// Unix milliseconds of the last sample, or `Long.MIN_VALUE` without one.
  synchronized long lastTime() {
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

  /// Samples of one moment: `finishedCount` chunks and the first `openCount` samples of `openData`.
  record Snapshot(
      Chunk[] finished,
      int finishedCount,
      ChunkEncoding openEncoding,
      int openCount,
      long openMinTime,
      long openMaxTime,
      byte[] openData,
      StartRuns starts) {

    /// Appends the samples of the closed interval to the window.
    void read(long fromMillis, long toMillis, SampleWindow window) {
      int before = window.size();
      readSamples(fromMillis, toMillis, window);
      starts.tell(window, before);
    }

    private void readSamples(long fromMillis, long toMillis, SampleWindow window) {
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
