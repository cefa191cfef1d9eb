package io.pharos.tsdb.wal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.bytes.Frames;
import io.pharos.bytes.NumberedFile;
import io.pharos.bytes.WrittenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The write-ahead log in a directory. One thread at a time writes it, under the store's commit
/// lock; a separate thread forces the files to disk.
///
/// When [#write] returns, the record is in the operating system's cache and survives the death of
/// the process. It is on disk at most one flush interval later.
public final class Wal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wal.class);

  /* Each segment repeats the labels of its series. With many series, a segment of fixed size would
   * contain little else. So a segment grows until the labels are only one eighth of it. Its maximum
   * size limits the loss by damage, and how long samples that are already in blocks use disk
   * space. */
  private static final int SERIES_SHARE = 8;
  private static final int MAX_GROWTH = 16;

  static final String SUFFIX = ".wal";

  private record Segment(int number, Path file, long bytes, long maxTime, boolean late) {}

  private final Path directory;
  private final long segmentBytes;
  private final Meters metrics;
  private final MeterRegistry registry;
  private final Gauge sizeGauge;
  private final List<Segment> closed = new ArrayList<>();
  private final AtomicLong storedBytes = new AtomicLong();
  private final WalEncoder encoder = new WalEncoder();
  private final SyncTimer syncTimer;
  private final AtomicBoolean syncScheduled = new AtomicBoolean();

  /* Held while the current file is synced, opened or closed, but not while records are written. */
  private final ReentrantLock fileLock = new ReentrantLock();
  private volatile @Nullable WrittenFile file;
  private volatile boolean syncFailed;

  private int number;
  private long bytes;
  private long seriesBytes;
  private long minTime;
  private long maxTime;
  private boolean late;

  /* Number of the first segment with late samples that may not be in blocks. */
  private int lateFrom;

  private Wal(Path directory, long segmentBytes, SyncTimer syncTimer, MeterRegistry registry) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.registry = registry;
    this.metrics = new Meters(registry);
    this.sizeGauge =
        Gauge.builder("prometheus_tsdb_wal_storage_size_bytes", storedBytes, AtomicLong::get)
            .description("Size of the write-ahead log.")
            .register(registry);
    this.syncTimer = syncTimer;
  }

  /// Opens the log and passes all its records, oldest first, to `records`. A record's arrays are
  /// valid only until the consumer returns.
  ///
  /// An incomplete last record is removed. Damaged bytes, and all that follows them in their
  /// segment, are moved to `<segment>.<offset>.corrupt`; reading continues with the next segment.
  /// Both cases are logged and counted.
  ///
  /// @param segmentBytes size at which a segment ends. If labels of series are more than an eighth
  ///   of it, the segment grows until they are an eighth, up to sixteen times this size
  public static Wal open(
      Path directory,
      long segmentBytes,
      SyncTimer syncTimer,
      MeterRegistry registry,
      Consumer<WalRecord> records)
      throws IOException {
    Files.createDirectories(directory);
    var wal = new Wal(directory, segmentBytes, syncTimer, registry);
    try {
      wal.replay(records);
      return wal;
    } catch (IOException | RuntimeException | Error e) {
      wal.close();
      throw e;
    }
  }

  private void replay(Consumer<WalRecord> records) throws IOException {
    UnaryOperator<String> strings = SegmentReader.sharing();
    for (NumberedFile segment : NumberedFile.list(directory, SUFFIX)) {
      var maxSeen = new long[] {Long.MIN_VALUE};
      var lateSeen = new boolean[1];
      var reader =
          new SegmentReader(
              record -> {
                switch (record) {
                  case WalRecord.Samples samples ->
                      maxSeen[0] = Math.max(maxSeen[0], newest(samples));
                  case WalRecord.Late(WalRecord.Samples samples) -> {
                    maxSeen[0] = Math.max(maxSeen[0], newest(samples));
                    lateSeen[0] = true;
                  }
                  case WalRecord.Series _, WalRecord.Starts _ -> {}
                }
                records.accept(record);
              },
              strings);
      Frames.End end = Frames.read(segment, SegmentReader.SEGMENT, reader);
      Path file = segment.path();
      number = Math.toIntExact(segment.number());
      repair(file, end);
      if (Files.exists(file)) {
        long size = Files.size(file);
        closed.add(new Segment(number, file, size, maxSeen[0], lateSeen[0]));
        storedBytes.addAndGet(size);
      }
    }
    syncNewest();
  }

  /* The earlier process may have been killed before it synced the newest segment. */
  private void syncNewest() {
    if (!closed.isEmpty()) {
      force(() -> Durability.syncFile(closed.getLast().file));
    }
  }

  private static long newest(WalRecord.Samples batch) {
    long newest = Long.MIN_VALUE;
    for (int i = 0; i < batch.samples().size(); i++) {
      newest = Math.max(newest, batch.samples().timestamp(i));
    }
    return newest;
  }

  private void repair(Path segment, Frames.End end) throws IOException {
    switch (end) {
      case Frames.End.Whole() -> {}
      case Frames.End.Torn(long goodBytes) -> {
        long size = Files.size(segment);
        metrics.tornTails.increment();
        LOG.warn(
            "{}: the last record is incomplete; truncated {} bytes at offset {}",
            segment,
            size - goodBytes,
            goodBytes);
        truncate(segment, goodBytes);
      }
      case Frames.End.Damaged(long goodBytes, String reason, _) -> {
        metrics.corruptions.increment();
        Path quarantine;
        try {
          quarantine = copyTail(segment, goodBytes);
        } catch (IOException e) {
          // There is no space for a copy. The intact records are already in memory, so the whole
          // file is moved.
          quarantine = corruptFile(segment, 0);
          Durability.publish(segment, quarantine);
          LOG.error(
              "{}: damaged at offset {}: {}; moved the file to {}",
              segment,
              goodBytes,
              reason,
              quarantine);
          return;
        }
        LOG.error(
            "{}: damaged at offset {}: {}; moved the {} bytes from there on to {} and kept the bytes before",
            segment,
            goodBytes,
            reason,
            Files.size(quarantine),
            quarantine);
        truncate(segment, goodBytes);
      }
    }
  }

  /* Copies a segment from an offset on to a new file in the same directory, and forces it to
   * disk. */
  private static Path copyTail(Path segment, long offset) throws IOException {
    Path target = corruptFile(segment, offset);
    try (var source = Files.newInputStream(segment);
        var copy = WrittenFile.create(target)) {
      source.skipNBytes(offset);
      long _ = source.transferTo(copy);
      copy.sync();
    } catch (IOException e) {
      Files.deleteIfExists(target);
      throw e;
    }
    return target;
  }

  private static Path corruptFile(Path segment, long offset) {
    for (int attempt = 0; ; attempt++) {
      String suffix = attempt == 0 ? "" : "-" + attempt;
      Path target =
          segment.resolveSibling(segment.getFileName() + "." + offset + suffix + ".corrupt");
      if (!Files.exists(target)) {
        return target;
      }
    }
  }

  private static void truncate(Path segment, long length) throws IOException {
    if (length < SegmentReader.SEGMENT.header()) {
      Files.delete(segment);
      return;
    }
    try (var channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      FileChannel _ = channel.truncate(length);
      channel.force(true);
    }
  }

  /// Prepares a commit and returns the number of the segment for it. Each series must be written to
  /// a segment before its samples, see [WalEncoder#series].
  ///
  /// @throws UncheckedIOException when a new segment was needed and could not be created
  public int begin() {
    if (file != null && (isFull() || syncFailed || encoder.isUnwritten())) {
      roll();
    }
    encoder.clear();
    if (file == null) {
      try {
        openSegment();
      } catch (IOException e) {
        metrics.writesFailed.increment();
        throw new UncheckedIOException("can't create a segment of the log in " + directory, e);
      }
    }
    return number;
  }

  private boolean isFull() {
    return bytes >= Math.clamp(SERIES_SHARE * seriesBytes, segmentBytes, MAX_GROWTH * segmentBytes);
  }

  /// The encoder of the current commit; it is empty after [#begin].
  public WalEncoder encoder() {
    return encoder;
  }

  private Path path(int segment) {
    return NumberedFile.of(directory, segment, SUFFIX).path();
  }

  private void openSegment() throws IOException {
    int next = number + 1;
    Path path = path(next);
    var header = new ByteSink(SegmentReader.SEGMENT.header());
    SegmentReader.SEGMENT.begin(header, next);
    fileLock.lock();
    try {
      file = WrittenFile.create(path, header);
      number = next;
      syncFailed = false;
    } finally {
      fileLock.unlock();
    }
    encoder.beginSegment();
    bytes = header.size();
    seriesBytes = 0;
    minTime = Long.MAX_VALUE;
    maxTime = Long.MIN_VALUE;
    late = false;
    storedBytes.addAndGet(header.size());
  }

  /// Writes the encoder's records to the operating system's cache.
  ///
  /// @throws UncheckedIOException when they could not be written; then none of them is in the log,
  ///   and the next [#begin] starts another segment
  public void write() {
    WrittenFile raw = file;
    if (raw == null) {
      throw new IllegalStateException("write was called before begin");
    }
    try {
      raw.write(encoder.array(), 0, encoder.size());
    } catch (IOException e) {
      metrics.writesFailed.increment();
      undoWrite(raw);
      roll();
      throw new UncheckedIOException("can't write to " + path(number), e);
    }
    encoder.written();
    bytes += encoder.size();
    seriesBytes += encoder.seriesBytes;
    storedBytes.addAndGet(encoder.size());
    minTime = Math.min(minTime, encoder.minTime);
    maxTime = Math.max(maxTime, encoder.maxTime());
    late |= encoder.isLate();
    if (syncScheduled.compareAndSet(false, true)) {
      syncTimer.later(this::syncLater);
    }
  }

  private void undoWrite(WrittenFile raw) {
    try {
      raw.truncate(bytes);
    } catch (IOException e) {
      LOG.error(
          "{}: can't truncate an incomplete record; the next start will truncate it",
          path(number),
          e);
    }
  }

  private void syncLater() {
    syncScheduled.set(false);
    sync();
  }

  /// Forces the log to disk. A failure is logged and counted, and the next commit starts a new
  /// segment, because it is unknown which data of the current segment the operating system still
  /// has.
  public void sync() {
    fileLock.lock();
    try {
      WrittenFile raw = file;
      if (raw != null) {
        force(raw::sync);
      }
    } finally {
      fileLock.unlock();
    }
  }

  private interface Sync {
    void run() throws IOException;
  }

  private void force(Sync sync) {
    long start = System.nanoTime();
    try {
      sync.run();
    } catch (IOException e) {
      syncFailed = true;
      metrics.syncsFailed.increment();
      LOG.error(
          "{}: can't force the log to disk; a power loss may lose the samples of the last second",
          directory,
          e);
    }
    metrics.syncs.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
  }

  /// Ends the current segment, if there is one; the next commit starts another.
  public void roll() {
    fileLock.lock();
    try {
      WrittenFile raw = file;
      if (raw == null) {
        return;
      }
      force(raw::sync);
      try {
        raw.close();
      } catch (IOException e) {
        LOG.error("{}: can't close segment {}", directory, number, e);
      }
      file = null;
      closed.add(new Segment(number, path(number), bytes, maxTime, late));
    } finally {
      fileLock.unlock();
    }
  }

  /// Ends the current segment if it contains samples older than a time.
  public void rollIfOlderThan(long timeMillis) {
    if (file != null && minTime < timeMillis) {
      roll();
    }
  }

  /// Number of the last segment.
  public int segment() {
    return number;
  }

  /// Declares that blocks contain all late samples of the segments before this one. The next
  /// [#dropBefore] relies on it.
  public void lateFrom(int segment) {
    lateFrom = segment;
  }

  /// Deletes the ended segments that have no samples at or after a time, and no late samples that
  /// may be missing in blocks (see [#lateFrom]). Returns the number of deleted segments.
  public int dropBefore(long timeMillis) throws IOException {
    int dropped = 0;
    for (Segment segment : List.copyOf(closed)) {
      if (segment.maxTime < timeMillis && (!segment.late || segment.number < lateFrom)) {
        Files.deleteIfExists(segment.file);
        closed.remove(segment);
        storedBytes.addAndGet(-segment.bytes);
        dropped++;
      }
    }
    return dropped;
  }

  /// Total size of all segments in bytes.
  public long sizeBytes() {
    return storedBytes.get();
  }

  /// Forces the log to disk and closes it.
  @Override
  public void close() {
    syncTimer.close();
    roll();
    registry.remove(sizeGauge);
  }

  /// Meters of the log. A meter that Prometheus has too has the same name as there.
  private static final class Meters {
    final Counter corruptions;
    final Counter tornTails;
    final Counter writesFailed;
    final Counter syncsFailed;
    final Timer syncs;

    Meters(MeterRegistry registry) {
      corruptions =
          counter(
              registry,
              "prometheus_tsdb_wal_corruptions_total",
              "Damaged places in segments of the write-ahead log.");
      tornTails =
          counter(
              registry,
              "pharos_tsdb_wal_torn_tails_total",
              "Segments with an incomplete last record.");
      writesFailed =
          counter(
              registry,
              "prometheus_tsdb_wal_writes_failed_total",
              "Commits that could not be written to the write-ahead log.");
      syncsFailed =
          counter(
              registry,
              "pharos_tsdb_wal_fsyncs_failed_total",
              "Failed fsyncs of the write-ahead log.");
      syncs =
          Timer.builder("prometheus_tsdb_wal_fsync_duration_seconds")
              .description("Duration of fsyncs of the write-ahead log.")
              .register(registry);
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
      return Counter.builder(name).description(description).register(registry);
    }
  }
}
