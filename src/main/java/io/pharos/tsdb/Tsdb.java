package io.pharos.tsdb;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.Durability;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.SeriesShare;
import io.pharos.tsdb.block.BlockFiles;
import io.pharos.tsdb.block.BlockSet;
import io.pharos.tsdb.exemplar.ExemplarStore;
import io.pharos.tsdb.wal.SyncTimer;
import io.pharos.tsdb.wal.Wal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A durable store of samples in a directory. Thread-safe, and usable from virtual threads.
public final class Tsdb implements Queryable, Appendable, AutoCloseable {
  /* The commit lock serializes the commits: samples are stored in memory in the order of the log,
   * so that a replay refuses the same samples as the first run. A commit holds the lock while it
   * writes its batch to the operating system's cache and appends it to memory. The lock is never
   * held during an fsync, a query or the writing of a block. Queries only hold the monitor of one
   * series at a time, briefly. */

  /// Length of a block's window; windows are aligned to the Unix epoch.
  public static final Duration BLOCK_WINDOW = Duration.ofHours(2);

  static final long WINDOW_MILLIS = BLOCK_WINDOW.toMillis();

  private static final Logger LOG = LoggerFactory.getLogger(Tsdb.class);

  final TsdbOptions options;
  final SeriesLimit limit;

  /// Number of series that open batches created.
  final AtomicInteger uncommitted = new AtomicInteger();

  private final InstantSource clock;
  final TsdbMetrics metrics;
  private final DirectoryLock directoryLock;
  final Head head;
  final HeadChunkFiles chunkFiles;
  final Wal wal;
  private final Compactor compactor;
  private final ExemplarStore exemplars;
  final LateIntake late;
  private final Querier querier;
  private final AtomicInteger nextBatch = new AtomicInteger();
  final ReentrantLock commitLock = new ReentrantLock();
  volatile BlockSet blocks;

  /// Unix milliseconds of the oldest sample that is accepted: earlier windows are already blocks or
  /// are being written as blocks.
  volatile long acceptsFrom;

  private boolean closed;

  /* Number of samples that could not be written to the log and are in memory only; guarded by
   * the commit lock. */
  private long unlogged;
  private volatile @Nullable LogOutage outage;

  /* Buffer of series numbers for the log, guarded by the commit lock. */
  private int[] numbers = new int[256];

  private Tsdb(
      Path directory,
      TsdbOptions options,
      InstantSource clock,
      MeterRegistry registry,
      SyncTimer syncTimer,
      DirectoryLock directoryLock)
      throws IOException {
    this.options = options;
    this.limit = new SeriesLimit(options.maxSeries());
    this.clock = clock;
    this.directoryLock = directoryLock;
    this.metrics = new TsdbMetrics(registry);
    this.head = new Head(metrics);
    Path blockDirectory = directory.resolve("blocks");
    Durability.deleteTree(directory.resolve(ImportSpill.FOLDER));
    this.blocks = BlockFiles.load(blockDirectory, metrics.blockCorruptions::increment);
    this.acceptsFrom = blocks.end();
    long start = System.nanoTime();
    this.chunkFiles =
        new HeadChunkFiles(directory.resolve(HeadChunkFiles.FOLDER), options.headPartBytes());
    var replay = new WalReplay(head, metrics, blocks.end(), () -> chunkFiles.moveFrom(head.all()));
    this.wal =
        Wal.open(directory.resolve("wal"), options.walSegmentBytes(), syncTimer, registry, replay);
    LOG.info(
        "{}: opened with {} blocks; replayed {} samples of {} series from the log in {} ms",
        directory,
        blocks.blocks().size(),
        replay.samples,
        head.size(),
        (System.nanoTime() - start) / 1_000_000);
    this.exemplars =
        new ExemplarStore(directory.resolve("exemplars"), options.maxExemplars(), registry);
    this.late = new LateIntake(this, clock, options.maxLateBytes());
    this.querier = new Querier(head, late, () -> blocks);
    this.compactor = new Compactor(this, blockDirectory);
    metrics.gauge(
        "prometheus_tsdb_blocks_loaded", "Open blocks.", this, db -> db.blocks.blocks().size());
    metrics.gauge(
        "prometheus_tsdb_storage_blocks_bytes",
        "Size of the open blocks.",
        this,
        db -> db.blocks.sizeBytes());
  }

  /// Opens the store in a directory, which is created if missing, and restores the committed
  /// samples. Damaged parts are set aside, logged and counted; they do not fail the start.
  ///
  /// @param clock decides whether a sample is too old
  /// @throws InUseException when another process has the directory open
  /// @throws IOException when the directory cannot be read or written
  public static Tsdb open(
      Path directory, TsdbOptions options, InstantSource clock, MeterRegistry registry)
      throws IOException {
    return open(
        directory, options, clock, registry, SyncTimer.onThread(options.walFlushInterval()));
  }

  /// Opens the store as [#open(Path, TsdbOptions, InstantSource, MeterRegistry)] does.
  ///
  /// @param syncTimer decides when the log is forced to disk, instead of the flush interval
  public static Tsdb open(
      Path directory,
      TsdbOptions options,
      InstantSource clock,
      MeterRegistry registry,
      SyncTimer syncTimer)
      throws IOException {
    Files.createDirectories(directory);
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      return new Tsdb(directory, options, clock, registry, syncTimer, lock);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /// Start of the block window that contains a time.
  static long windowOf(long timeMillis) {
    return Math.floorDiv(timeMillis, WINDOW_MILLIS) * WINDOW_MILLIS;
  }

  /// The store of exemplars; batches contain both samples and exemplars.
  public ExemplarStore exemplars() {
    return exemplars;
  }

  /// Sets how much older than the newest sample of all series an out-of-order sample may be, that
  /// is, a sample that is older than the last sample of its series, or older than the store usually
  /// accepts. Zero disables out-of-order samples.
  public void outOfOrderWindow(Duration window) {
    late.window(window);
  }

  /// Approximate memory of out-of-order samples that are in no block yet, in bytes.
  public long outOfOrderBytes() {
    return late.bytes();
  }

  /// Replaces the set of blocks. Only called by the compactor or the import, in one thread at a
  /// time.
  void publish(BlockSet newBlocks) {
    blocks = newBlocks;
    querier.removeUnused();
  }

  /// Runs an action while no commit is in progress.
  void exclusively(Runnable change) {
    commitLock.lock();
    try {
      change.run();
    } finally {
      commitLock.unlock();
    }
  }

  /// Refuses samples before a time from now on. When this method returns, no commit that adds such
  /// samples is in progress.
  void refuseBefore(long timeMillis) {
    exclusively(() -> acceptsFrom = Math.max(acceptsFrom, timeMillis));
  }

  @Override
  public Appender appender() {
    long oldest = clock.millis() - options.maxSampleAge().toMillis();
    return new Batch(this, nextBatch.getAndIncrement(), oldest);
  }

  @Override
  public SeriesShare newSource() {
    return limit.newSource();
  }

  /// Writes a batch to the log, then makes its samples visible.
  void commit(Batch batch) {
    commitLock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the store is closed");
      }
      HeadRow row = batch.row;
      if (row != null && !canAppend(row, batch.samples.timestamp(0))) {
        batch.expand();
      }
      if (batch.size() > 0) {
        Map<Labels, HeadSeries> created = resolve(batch);
        logOrKeepInMemory(batch.size(), () -> log(batch));
        if (!created.isEmpty()) {
          head.attach(created.values());
        }
        store(batch);
      }
      late.commit(batch.lateSamples());
    } finally {
      commitLock.unlock();
    }
  }

  /* Whether samples with a timestamp can be appended to a row as a whole. */
  private boolean canAppend(HeadRow row, long timestampMillis) {
    return !row.isDissolved() && timestampMillis > row.lastTime() && timestampMillis >= acceptsFrom;
  }

  /// Joins the wanted series to a row, so that they can be written together. Returns null if one of
  /// them is not in the head or occurs twice.
  @Nullable HeadRow join(SeriesRow wanted) {
    var series = new HeadSeries[wanted.size()];
    commitLock.lock();
    try {
      for (int i = 0; i < series.length; i++) {
        if (!(wanted.series().get(i).found() instanceof HeadSeries known && known.attached)) {
          return null;
        }
        series[i] = known;
      }
      return HeadRow.join(series, metrics);
    } finally {
      commitLock.unlock();
    }
  }

  private Map<Labels, HeadSeries> resolve(Batch batch) {
    var created = new HashMap<Labels, HeadSeries>();
    HeadSeries[] series = batch.series;
    for (int i = batch.rowSize(); i < batch.size(); i++) {
      series[i] = head.resolve(series[i], created);
      series[i].adopt(batch.share);
    }
    return created;
  }

  /// State while the log cannot be written: new samples are in memory only.
  ///
  /// @param since time of the first failure
  /// @param reason error of the operating system
  public record LogOutage(Instant since, String reason) {}

  /// The outage if the last commit could not be written to the log.
  public Optional<LogOutage> logOutage() {
    return Optional.ofNullable(outage);
  }

  /* Writes to the log. If that fails, samples are stored in memory only, up to a limit: refusing
   * them would resolve every alert at once, while samples in memory are only lost by a restart. */
  void logOrKeepInMemory(int samples, Runnable write) {
    try {
      write.run();
    } catch (UncheckedIOException e) {
      String reason = String.valueOf(e.getMessage());
      IOException cause = e.getCause();
      if (cause != null && cause.getMessage() != null) {
        reason = cause.getMessage();
      }
      LogOutage previous = outage;
      if (previous == null) {
        LOG.error("can't write the log; new samples are kept in memory only", e);
      }
      outage = new LogOutage(previous == null ? clock.instant() : previous.since(), reason);
      if (unlogged + samples > options.maxUnloggedSamples()) {
        throw e;
      }
      unlogged += samples;
      metrics.unlogged.increment(samples);
      return;
    }
    if (outage != null) {
      LOG.info(
          "the log can be written again; a restart would lose {} samples, which are in memory only",
          unlogged);
      outage = null;
      unlogged = 0;
    }
  }

  private void log(Batch batch) {
    int segment = wal.begin();
    if (numbers.length < batch.size()) {
      numbers = new int[batch.samples.timestamps().length];
    }
    HeadRow row = batch.row;
    if (row != null) {
      row.numbers(segment, wal.encoder(), numbers);
    }
    for (int i = batch.rowSize(); i < batch.size(); i++) {
      numbers[i] = batch.series[i].numberIn(segment, wal.encoder());
    }
    wal.encoder().samples(numbers, batch.samples);
    if (options.keepStarts()) {
      logStarts(batch, segment);
    }
    wal.write();
  }

  private void logStarts(Batch batch, int segment) {
    SampleWindow samples = batch.samples;
    int[] series = new int[batch.size()];
    long[] times = new long[batch.size()];
    long[] starts = new long[batch.size()];
    int count = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (batch.carriesStart(i) && batch.series[i].mustLogStart(segment, samples.start(i))) {
        series[count] = numbers[i];
        times[count] = samples.timestamp(i);
        starts[count++] = samples.start(i);
      }
    }
    if (count > 0) {
      wal.encoder().starts(count, series, times, starts);
    }
  }

  private void store(Batch batch) {
    SampleWindow samples = batch.samples;
    HeadRow row = batch.row;
    if (row != null) {
      row.append(samples.timestamp(0), samples.values());
    }
    int appended = batch.rowSize();
    int appendedHistograms = 0;
    int moved = 0;
    for (int i = batch.rowSize(); i < batch.size(); i++) {
      long time = samples.timestamp(i);
      Histogram histogram = samples.histogram(i);
      AppendOutcome outcome =
          time < acceptsFrom
              ? AppendOutcome.TOO_OLD
              : batch.series[i].append(time, samples.value(i), histogram, metrics);
      if (outcome == AppendOutcome.APPENDED) {
        appended++;
        appendedHistograms += histogram == null ? 0 : 1;
        if (options.keepStarts() && batch.carriesStart(i)) {
          batch.series[i].startAt(time, samples.start(i));
        }
      } else if ((outcome == AppendOutcome.OUT_OF_ORDER || outcome == AppendOutcome.TOO_OLD)
          && late.accepts(time)) {
        batch.moveToLate(i);
        moved++;
      } else {
        metrics.refused(histogram, outcome);
      }
    }
    metrics.appended(appended - appendedHistograms, appendedHistograms);
    if (appended + moved < batch.size()) {
      LOG.warn(
          "{} of {} samples of a batch were not stored: meanwhile another batch stored samples of the same"
              + " series with the same or later times, or the block window of the samples was closed",
          batch.size() - appended - moved,
          batch.size());
    }
  }

  @Override
  public SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return querier.select(matchers, fromMillis, toMillis);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return querier.labelNames(matchers, fromMillis, toMillis);
  }

  @Override
  public List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return querier.labelValues(name, matchers, fromMillis, toMillis);
  }

  /// Number of series with samples in memory.
  public int seriesCount() {
    return head.size();
  }

  /// Unix milliseconds of the newest sample, or `Long.MIN_VALUE` without one. If the newest samples
  /// are in a block, returns the last millisecond of the block's window.
  public long newestMillis() {
    long written = blocks.blocks().isEmpty() ? Long.MIN_VALUE : blocks.end() - 1;
    return Math.max(head.maxTime(), written);
  }

  /// Statistics of the samples in memory.
  public HeadStats headStats() {
    return head.stats();
  }

  /// Result of one [#compactTick].
  ///
  /// @param blocksWritten number of windows that moved from memory to block files
  /// @param blocksRemoved number of blocks past the retention
  /// @param segmentsRemoved number of obsolete files of the write-ahead log
  /// @param seriesRemoved number of series removed from memory
  public record CompactionReport(
      int blocksWritten, int blocksRemoved, int segmentsRemoved, int seriesRemoved) {}

  /// Moves closed windows from memory to blocks and finished chunks to files, deletes blocks past
  /// the retention, and deletes obsolete files of the log. Call it about every minute; more calls,
  /// or a crash at any point, do no harm.
  ///
  /// @throws UncheckedIOException when a file cannot be written or deleted; no data is lost, and
  ///   the next call continues
  public CompactionReport compactTick(Instant now) {
    return compactor.run(now.toEpochMilli());
  }

  /// Forces committed samples to disk and releases the directory. Later commits fail.
  @Override
  public void close() {
    commitLock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      wal.close();
      exemplars.close();
      chunkFiles.close();
      metrics.close();
      directoryLock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      commitLock.unlock();
    }
  }

  /// The content of memory at one moment.
  ///
  /// @param series labels of each series, in any order
  /// @param chunks number of chunks
  /// @param minTime Unix milliseconds of the oldest sample, `Long.MAX_VALUE` without one
  /// @param maxTime Unix milliseconds of the newest sample, `Long.MIN_VALUE` without one
  public record HeadStats(List<Labels> series, long chunks, long minTime, long maxTime) {
    public HeadStats {
      series = List.copyOf(series);
    }
  }

  /// Thrown when a storage directory is open in another process.
  public static final class InUseException extends IOException {
    InUseException(Path directory, String pid) {
      super(
          "%s is in use by another Pharos, process %s: stop it, or set another --storage.path"
              .formatted(directory, pid.isEmpty() ? "unknown" : pid));
    }
  }
}
