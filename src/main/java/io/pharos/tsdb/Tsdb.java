package io.pharos.tsdb;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.Queryable;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.chunk.SampleKind;
import io.pharos.tsdb.exemplar.ExemplarStore;
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
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A durable store of samples in a directory of its own. Safe for use by many threads, virtual ones
/// included.
public final class Tsdb implements Queryable, Appendable, AutoCloseable {
  /* One lock orders the commits: what stands first in the log is stored first in memory, so that a
   * replay refuses the same samples as the first run did. It is held for the write to the operating
   * system's cache and for the appending, never for a forcing to disk, a query or the writing of a
   * block. Queries take no lock but the monitor of each series, for a few instructions. */

  /// The length of the windows that blocks hold, aligned to the Unix epoch.
  public static final Duration BLOCK_WINDOW = Duration.ofHours(2);

  static final long WINDOW_MILLIS = BLOCK_WINDOW.toMillis();

  private static final Logger LOG = LoggerFactory.getLogger(Tsdb.class);

  private final TsdbOptions options;
  private final InstantSource clock;
  private final TsdbMetrics metrics;
  private final DirectoryLock directoryLock;
  private final Head head;
  private final Wal wal;
  private final Compactor compactor;
  private final ExemplarStore exemplars;
  private final LateArrivals late;
  private final Generations generations = new Generations();
  private final JoinCache joins = new JoinCache();
  private final AtomicInteger nextBatch = new AtomicInteger();
  private final ReentrantLock commitLock = new ReentrantLock();
  private volatile BlockSet blocks;
  private volatile long acceptsFrom;
  private boolean closed;

  /* Since the log could last be written; guarded by the commit lock. */
  private long unlogged;
  private volatile @Nullable LogOutage outage;

  /* Columns for the log, reused under the commit lock. */
  private int[] numbers = new int[256];

  private Tsdb(
      Path directory,
      TsdbOptions options,
      InstantSource clock,
      MeterRegistry registry,
      DirectoryLock directoryLock)
      throws IOException {
    this.options = options;
    this.clock = clock;
    this.directoryLock = directoryLock;
    this.metrics = new TsdbMetrics(registry);
    this.head = new Head(metrics);
    Path blockDirectory = directory.resolve("blocks");
    ImportSpill.delete(directory.resolve(ImportSpill.FOLDER));
    this.blocks = BlockFiles.load(blockDirectory, metrics);
    this.acceptsFrom = blocks.end();
    long start = System.nanoTime();
    var replay = new WalReplay(head, metrics, blocks.end());
    this.wal =
        Wal.open(
            directory.resolve("wal"),
            options.walSegmentBytes(),
            options.walFlushInterval(),
            registry,
            replay);
    LOG.info(
        "{}: opened with {} blocks; replayed {} samples of {} series from the log in {} ms",
        directory,
        blocks.blocks().size(),
        replay.samples(),
        head.size(),
        (System.nanoTime() - start) / 1_000_000);
    this.exemplars =
        ExemplarStore.open(directory.resolve("exemplars"), options.maxExemplars(), registry);
    this.late = new LateArrivals(this, clock, options.maxLateBytes());
    this.compactor = new Compactor(this, blockDirectory);
    metrics.gauge(
        "prometheus_tsdb_blocks_loaded", "Open blocks.", this, db -> db.blocks.blocks().size());
    metrics.gauge(
        "prometheus_tsdb_storage_blocks_bytes",
        "Size of the open blocks.",
        this,
        db -> db.blocks.sizeBytes());
  }

  /// Opens the store in a directory, which is created where it is missing, and reads back what was
  /// committed before. Damaged parts are set aside, logged and counted; they are no error.
  ///
  /// @param clock what decides whether a sample is too old
  /// @throws StorageInUseException when another process has the directory open
  /// @throws IOException when the directory can't be read or written
  public static Tsdb open(
      Path directory, TsdbOptions options, InstantSource clock, MeterRegistry registry)
      throws IOException {
    requireNonNull(options, "options is null");
    requireNonNull(clock, "clock is null");
    Files.createDirectories(directory);
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      return new Tsdb(directory, options, clock, registry, lock);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /// The start of the block window that a time is in.
  static long windowOf(long timeMillis) {
    return Math.floorDiv(timeMillis, WINDOW_MILLIS) * WINDOW_MILLIS;
  }

  Head head() {
    return head;
  }

  Wal wal() {
    return wal;
  }

  TsdbOptions options() {
    return options;
  }

  /// The exemplars, which are stored with batches too.
  public ExemplarStore exemplars() {
    return exemplars;
  }

  LateArrivals late() {
    return late;
  }

  /// How far behind the newest sample of all series one may be that is older than others of its own
  /// series, or than what is accepted else. Zero for no such samples.
  public void outOfOrderWindow(Duration window) {
    late.window(window);
  }

  /// About what the samples take of the memory that came out of order and are in no block yet.
  public long outOfOrderBytes() {
    return late.bytes();
  }

  TsdbMetrics metrics() {
    return metrics;
  }

  BlockSet blocks() {
    return blocks;
  }

  /// Puts another set of blocks in the place of the current one. Only the compactor calls this, in
  /// one thread at a time.
  void publish(BlockSet newBlocks) {
    blocks = newBlocks;
    joins.age();
  }

  /// Unix milliseconds before which no sample is accepted, because its window is a block or is
  /// about to be one.
  long acceptsFrom() {
    return acceptsFrom;
  }

  /// Runs something that must not run beside a commit.
  void exclusively(Runnable change) {
    commitLock.lock();
    try {
      change.run();
    } finally {
      commitLock.unlock();
    }
  }

  /// Accepts nothing before this time any more; when it returns, nothing before it is being added.
  void refuseBefore(long timeMillis) {
    exclusively(() -> acceptsFrom = Math.max(acceptsFrom, timeMillis));
  }

  @Override
  public Appender appender() {
    long oldest = clock.millis() - options.maxSampleAge().toMillis();
    return new Batch(this, nextBatch.getAndIncrement(), oldest);
  }

  /// Writes a batch to the log, then makes it visible.
  void commit(Batch batch) {
    commitLock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the store is closed");
      }
      HeadRow row = batch.row();
      if (row != null && !isNext(row, batch.timestamps()[0])) {
        batch.expand();
      }
      if (batch.size() > 0) {
        Map<Labels, HeadSeries> begun = resolve(batch);
        logOrRemember(batch.size(), () -> log(batch));
        if (!begun.isEmpty()) {
          head.attach(begun.values());
        }
        store(batch);
      }
      late.commit(batch.lateOnes());
    } finally {
      commitLock.unlock();
    }
  }

  private boolean isNext(HeadRow row, long timestampMillis) {
    return !row.isDissolved() && timestampMillis > row.lastTime() && timestampMillis >= acceptsFrom;
  }

  /// Makes a row of series, so that they can be written together.
  ///
  /// @return null where one of them is not in the head, or is there twice
  @Nullable HeadRow join(SeriesRow wanted) {
    var series = new HeadSeries[wanted.size()];
    commitLock.lock();
    try {
      for (int i = 0; i < series.length; i++) {
        if (!(wanted.series().get(i).found() instanceof HeadSeries known && known.isAttached())) {
          return null;
        }
        series[i] = known;
      }
      return HeadRow.join(series, metrics);
    } finally {
      commitLock.unlock();
    }
  }

  /* Replaces series that the batch began, or that left memory meanwhile, by those that the head
   * has; gives the ones that it lacks. */
  private Map<Labels, HeadSeries> resolve(Batch batch) {
    var begun = new HashMap<Labels, HeadSeries>();
    HeadSeries[] series = batch.series();
    for (int i = batch.rowSize(); i < batch.size(); i++) {
      if (!series[i].isAttached()) {
        HeadSeries known = head.find(series[i].labels());
        if (known == null) {
          HeadSeries first = begun.putIfAbsent(series[i].labels(), series[i]);
          known = first == null ? series[i] : first;
        }
        series[i] = known;
      }
    }
    return begun;
  }

  /// That the log can't be written: samples are in memory only.
  ///
  /// @param reason the error of the operating system
  public record LogOutage(Instant since, String reason) {
    public LogOutage {
      requireNonNull(since, "since is null");
      requireNonNull(reason, "reason is null");
    }
  }

  /// Whether the log can't be written at the moment; the last commit tells.
  public Optional<LogOutage> logOutage() {
    return Optional.ofNullable(outage);
  }

  /* A store that forgets what it is told resolves every alert; one that only remembers it loses the
   * same at a restart, and nothing before. */
  void logOrRemember(int samples, Runnable write) {
    try {
      write.run();
    } catch (UncheckedIOException e) {
      String reason = String.valueOf(e.getMessage());
      IOException cause = e.getCause();
      if (cause != null && cause.getMessage() != null) {
        reason = cause.getMessage();
      }
      LogOutage known = outage;
      if (known == null) {
        LOG.error("samples are kept in memory only, the log can't be written", e);
      }
      outage = new LogOutage(known == null ? clock.instant() : known.since(), reason);
      if (unlogged + samples > options.maxUnloggedSamples()) {
        throw e;
      }
      unlogged += samples;
      metrics.unlogged.increment(samples);
      return;
    }
    if (outage != null) {
      LOG.info("the log can be written again; a restart would lose {} samples", unlogged);
      outage = null;
      unlogged = 0;
    }
  }

  private void log(Batch batch) {
    int segment = wal.begin();
    if (numbers.length < batch.size()) {
      numbers = new int[batch.timestamps().length];
    }
    HeadRow row = batch.row();
    if (row != null) {
      row.numbers(segment, wal.encoder(), numbers);
    }
    for (int i = batch.rowSize(); i < batch.size(); i++) {
      numbers[i] = batch.series()[i].numberIn(segment, wal.encoder());
    }
    wal.encoder()
        .samples(batch.size(), numbers, batch.timestamps(), batch.values(), batch.histograms());
    if (options.keepStarts()) {
      logStarts(batch, segment);
    }
    wal.write();
  }

  private void logStarts(Batch batch, int segment) {
    int[] series = new int[batch.size()];
    long[] times = new long[batch.size()];
    long[] starts = new long[batch.size()];
    int count = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (batch.saysStart(i) && batch.series()[i].isStartToBeSaid(segment, batch.start(i))) {
        series[count] = numbers[i];
        times[count] = batch.timestamps()[i];
        starts[count++] = batch.start(i);
      }
    }
    if (count > 0) {
      wal.encoder().starts(count, series, times, starts);
    }
  }

  private void store(Batch batch) {
    @Nullable Histogram @Nullable [] histograms = batch.histograms();
    HeadRow row = batch.row();
    if (row != null) {
      row.append(batch.timestamps()[0], batch.values());
    }
    int appended = batch.rowSize();
    int appendedHistograms = 0;
    int moved = 0;
    for (int i = batch.rowSize(); i < batch.size(); i++) {
      long time = batch.timestamps()[i];
      Histogram histogram = histograms == null ? null : histograms[i];
      AppendOutcome outcome =
          time < acceptsFrom
              ? AppendOutcome.TOO_OLD
              : batch.series()[i].append(time, batch.values()[i], histogram, metrics);
      if (outcome == AppendOutcome.APPENDED) {
        appended++;
        appendedHistograms += histogram == null ? 0 : 1;
        if (options.keepStarts() && batch.saysStart(i)) {
          batch.series()[i].startAt(time, batch.start(i));
        }
      } else if (isLate(outcome) && late.takes(time)) {
        batch.isLate(i);
        moved++;
      } else {
        metrics.refused(histogram == null ? SampleKind.FLOAT : SampleKind.HISTOGRAM, outcome);
      }
    }
    metrics.appended(SampleKind.FLOAT, appended - appendedHistograms);
    metrics.appended(SampleKind.HISTOGRAM, appendedHistograms);
    if (appended + moved < batch.size()) {
      LOG.warn(
          "{} of {} samples of a batch were not stored: other batches stored the same or later"
              + " times of their series first, or their block window was closed meanwhile",
          batch.size() - appended - moved,
          batch.size());
    }
  }

  private static boolean isLate(AppendOutcome outcome) {
    return outcome == AppendOutcome.OUT_OF_ORDER || outcome == AppendOutcome.TOO_OLD;
  }

  @Override
  public SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    boolean withHead = toMillis >= Math.min(blocks.end(), late.oldest());
    Head.Selected recent = withHead ? head.select(matchers) : new Head.Selected(-1, List.of());
    /* The blocks after the head, as in Selection.read. */
    List<Block> older = blocks.overlapping(fromMillis, toMillis);
    long revision = late.revision();
    JoinCache.Joined known = older.isEmpty() ? null : joins.last(matchers, older.size());
    if (known != null && known.isOf(recent, older)) {
      return new Selection(known.rows(), this::blocks, known.generation(), revision);
    }
    long generation =
        withHead && recent.generation() < 0
            ? generations.fresh()
            : generations.of(
                recent.generation(),
                older.stream()
                    .flatMap(one -> Stream.of(one.windowStart(), one.sampleCount()))
                    .toList());
    Selection.Rows rows = null;
    if (known != null && known.recent().series().equals(recent.series())) {
      rows = Selection.extend(known.rows(), older, block -> block.select(matchers));
    }
    if (rows == null) {
      rows =
          Selection.join(
              recent.series(),
              older,
              block -> block.select(matchers),
              known == null ? null : known.rows());
    }
    if (!older.isEmpty() && recent.generation() >= 0) {
      joins.put(matchers, new JoinCache.Joined(recent, rows, generation));
    }
    return new Selection(rows, this::blocks, generation, revision);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    var names = new TreeSet<String>();
    if (matchers.isEmpty() && blocks.overlapping(fromMillis, toMillis).isEmpty()) {
      names.addAll(head.labelNames());
    } else {
      SeriesSet series = select(matchers, fromMillis, toMillis);
      for (int i = 0; i < series.size(); i++) {
        names.addAll(series.labels(i).names());
      }
    }
    return List.copyOf(names);
  }

  @Override
  public List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    var values = new TreeSet<String>();
    if (matchers.isEmpty() && blocks.overlapping(fromMillis, toMillis).isEmpty()) {
      values.addAll(head.labelValues(name));
    } else {
      SeriesSet series = select(matchers, fromMillis, toMillis);
      for (int i = 0; i < series.size(); i++) {
        if (series.labels(i).has(name)) {
          values.add(series.labels(i).get(name));
        }
      }
    }
    return List.copyOf(values);
  }

  /// How many series have samples in memory.
  public int seriesCount() {
    return head.size();
  }

  /// Unix milliseconds of the newest sample, `Long.MIN_VALUE` without one; in blocks the last
  /// before the end of the window counts.
  public long newestMillis() {
    long written = blocks.blocks().isEmpty() ? Long.MIN_VALUE : blocks.end() - 1;
    return Math.max(head.maxTime(), written);
  }

  /// What is in memory now.
  public HeadStats headStats() {
    return head.stats();
  }

  /// Moves windows that accept no more samples from memory to blocks, deletes what is older or
  /// larger than the retention, and shortens the log. To be called every minute or so; doing it
  /// more often, twice or after a crash at any point changes nothing.
  ///
  /// @throws UncheckedIOException when a file can't be written or deleted; nothing is lost, and the
  ///   next call does what is left to do
  public CompactionReport compactTick(Instant now) {
    return compactor.run(now.toEpochMilli());
  }

  /// Forces what was committed to disk and gives the directory free. Later commits fail.
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
      metrics.close();
      directoryLock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      commitLock.unlock();
    }
  }
}
