package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.bytes.Frames;
import io.pharos.bytes.NumberedFile;
import io.pharos.schedule.GroupCommit;
import io.pharos.schedule.GroupCommit.Entry;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.DamagedData;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes changes to the log and applies them to the state. One thread writes. Thread-safe.
final class LogWriter implements AutoCloseable {
  /* A change is applied to the state, and its caller notified, only when its frame is on the
   * disk. If the disk is full, the partial write is undone and the frames are written to the
   * reserve; if that is full too, the changes fail. After any other failure it is unknown what
   * reached the disk. So the next write starts a new segment and a snapshot of the state, which
   * supersede everything before. */
  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

  /// Default size of the log in bytes after which a snapshot is written.
  static final long SNAPSHOT_AFTER = 64L << 20;

  private static final String SNAPSHOT = ".snapshot";
  private static final String TEMPORARY = ".tmp";
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);
  private static final int MAX_BATCH_BYTES = 4 << 20;
  private static final int ALERTS_PER_FRAME = 1000;

  private final Path folder;
  private final LedgerFiles ledger;
  private final long snapshotAfter;
  private final LogState state;
  private final GroupCommit<LogChange> commit;
  private ByteSink sink = new ByteSink(1 << 16);
  private final LogSegments segments;
  private long sinceSnapshot;
  private boolean broken;
  private volatile String failure = "";
  private volatile @Nullable Thread snapshotting;

  private LogWriter(
      Path folder,
      LedgerFiles ledger,
      long snapshotAfter,
      LogState state,
      long segment,
      long size,
      LoopRegistry loops) {
    this.folder = folder;
    this.ledger = ledger;
    this.snapshotAfter = snapshotAfter;
    this.state = state;
    this.sinceSnapshot = size;
    this.segments = new LogSegments(folder, segment);
    // Startup must succeed without a log; the first write tries to create one again.
    this.broken = !segments.begin();
    // The number of entries in a batch is not limited: writeSome() limits the bytes of each sync.
    this.commit =
        new GroupCommit<>("notifier-log", Integer.MAX_VALUE, CHECK_INTERVAL, loops, this::write);
  }

  static LogWriter open(
      Path folder, LedgerFiles ledger, long snapshotAfter, DamagedData damages, LoopRegistry loops)
      throws IOException {
    Files.createDirectories(folder);
    deleteTemporary(folder);
    var state = new LogState();
    var reader = new LogRecordReader(state);
    List<NumberedFile> snapshots = NumberedFile.list(folder, SNAPSHOT);
    long from = 0;
    if (!snapshots.isEmpty()) {
      NumberedFile newest = snapshots.getLast();
      from = newest.number();
      replay(newest, LogFormat.SNAPSHOT, reader, damages);
      if (!reader.isEnded()) {
        String damage =
            newest.path()
                + ": the snapshot is incomplete; the missing alerts and silences are lost";
        LOG.error(damage);
        damages.found(DamagedData.Part.NOTIFIER_LOG, damage, newest.path());
        boolean _ = reader.damaged();
      }
    }
    long size = 0;
    long last = from;
    boolean synced = true;
    for (NumberedFile log : NumberedFile.list(folder, LogSegments.SUFFIX)) {
      if (log.number() >= from) {
        replay(log, LogFormat.LOG, reader, damages);
        size += Files.size(log.path());
        synced &= sync(log.path());
      }
      last = Math.max(last, log.number());
    }
    try {
      ledger.addMissing(reader.finished(), state.nextNumber);
    } catch (IOException e) {
      LOG.error("past deliveries could not be added to the ledger: {}", e.toString());
    }
    var writer = new LogWriter(folder, ledger, snapshotAfter, state, last, size, loops);
    writer.broken |= !synced;
    return writer;
  }

  /* The earlier process may have been killed before it synced its last write. Returns false if the
   * file can't be synced. */
  private static boolean sync(Path log) {
    try {
      Durability.syncFile(log);
      return true;
    } catch (IOException e) {
      LOG.error("{}: can't be synced; the log starts over in a new segment: {}", log, e.toString());
      return false;
    }
  }

  private static void deleteTemporary(Path folder) throws IOException {
    for (NumberedFile file : NumberedFile.list(folder, SNAPSHOT + TEMPORARY)) {
      Files.delete(file.path());
    }
  }

  private static void replay(
      NumberedFile numbered, Frames.Kind kind, LogRecordReader reader, DamagedData damages)
      throws IOException {
    Path file = numbered.path();
    switch (Frames.read(numbered, kind, reader)) {
      case Frames.End.Whole _ -> {}
      case Frames.End.Torn(long offset) ->
          LOG.info("{}: ignoring an unfinished write at byte {}", file, offset);
      case Frames.End.Damaged(long offset, String reason, long skippedBytes) -> {
        Path preserved = preserve(file, damages.aside(file));
        String damage =
            "%s: damaged at byte %d (%s); %d bytes are lost, everything after them was read; the original is kept as %s"
                .formatted(file, offset, reason, skippedBytes, preserved);
        LOG.error(damage);
        damages.found(DamagedData.Part.NOTIFIER_LOG, damage, preserved);
      }
    }
  }

  /// Preserves a file under another name, as a hard link if possible, which needs no space.
  private static Path preserve(Path file, Path name) throws IOException {
    try {
      return Files.createLink(name, file);
    } catch (UnsupportedOperationException | IOException _) {
      try {
        return Files.copy(file, name, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        LOG.error("{}: the damaged file can't be copied: {}", file, e.toString());
        Files.deleteIfExists(name);
        return file;
      }
    }
  }

  /// Stores a change. The result completes when the change is on the disk. Changes are stored in
  /// the order of calls.
  CompletableFuture<Void> append(LogChange change) {
    return commit.add(change);
  }

  /// Returns why changes are not stored, or may soon not be stored; empty if there is no trouble.
  String trouble() {
    if (!failure.isEmpty()) {
      return "alerts, silences and deliveries are not stored: " + failure;
    }
    String noReserveReason = segments.noReserveReason();
    return noReserveReason.isEmpty()
        ? ""
        : "the notifier's log has no reserved space, so it will soon fail; free disk space: "
            + noReserveReason;
  }

  <T> T read(Function<LogState, T> query) {
    synchronized (state) {
      return query.apply(state);
    }
  }

  private void write(List<Entry<LogChange>> batch) throws IOException {
    try {
      int from = 0;
      while (from < batch.size()) {
        from += writeSome(batch.subList(from, batch.size()));
      }
    } catch (LogSegments.NoRoomException e) {
      failure = String.valueOf(e.getMessage());
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      failure = e.toString();
      broken = true;
      throw e;
    } finally {
      if (sinceSnapshot > snapshotAfter && snapshotting == null && !broken) {
        beginSnapshot();
      }
      segments.keepReserve();
    }
  }

  /// Writes entries up to a few megabytes, with one sync.
  ///
  /// @return number of written entries
  private int writeSome(List<Entry<LogChange>> batch) throws IOException {
    int count = 0;
    if (broken) {
      startOver();
    }
    sink.clear();
    Map<Fingerprint, TrackedAlert> savedInBatch = new HashMap<>();
    var writer = new LogRecordWriter(sink, fingerprint -> latestAlert(savedInBatch, fingerprint));
    while (count < batch.size() && sink.size() < MAX_BATCH_BYTES) {
      LogChange change = batch.get(count++).value();
      int frame = Frames.begin(sink);
      writer.change(change);
      Frames.end(sink, frame);
      if (change instanceof LogChange.Checkpoint) {
        break; // it may remove alerts, to which the next frames must not refer
      }
      addSaved(change, savedInBatch);
    }
    segments.write(sink);
    sinceSnapshot += sink.size();
    if (sink.array().length > 2 * MAX_BATCH_BYTES) {
      sink = new ByteSink(1 << 16);
    }
    failure = "";
    for (Entry<LogChange> entry : batch.subList(0, count)) {
      apply(entry.value());
      entry.stored().complete(null);
    }
    return count;
  }

  private @Nullable TrackedAlert latestAlert(
      Map<Fingerprint, TrackedAlert> savedInBatch, Fingerprint fingerprint) {
    TrackedAlert alert = savedInBatch.get(fingerprint);
    return alert == null ? state.alert(fingerprint) : alert;
  }

  private static void addSaved(LogChange change, Map<Fingerprint, TrackedAlert> savedInBatch) {
    if (change instanceof LogChange.AlertsSaved(List<TrackedAlert> alerts)) {
      alerts.forEach(alert -> savedInBatch.put(alert.fingerprint(), alert));
    }
  }

  private void apply(LogChange change) {
    List<LogState.Numbered> finished;
    long next;
    synchronized (state) {
      finished = state.apply(change);
      next = state.nextNumber;
    }
    if (!finished.isEmpty()) {
      try {
        ledger.append(finished, next);
      } catch (IOException e) {
        LOG.error(
            "{} finished deliveries could not be added to the ledger; retrying with the next ones",
            finished.size(),
            e);
      }
    }
  }

  /// Recovers after a failed write: starts a segment, unless the current one contains no frame, and
  /// writes a snapshot of the state.
  private void startOver() throws IOException {
    if (!segments.isFresh()) {
      segments.rotate();
    }
    writeSnapshot(state.copy(), segments.number());
    sinceSnapshot = 0;
    broken = false;
    LOG.info("the notifier's log can be written again");
  }

  private void beginSnapshot() {
    LogState copy;
    try {
      segments.rotate();
      sinceSnapshot = 0;
      copy = state.copy();
    } catch (IOException e) {
      LOG.error("the notifier's log can't start a new segment; retrying", e);
      return;
    }
    long number = segments.number();
    snapshotting =
        Thread.ofPlatform()
            .daemon()
            .name("notifier-snapshot")
            .start(
                () -> {
                  try {
                    writeSnapshot(copy, number);
                  } catch (IOException | RuntimeException e) {
                    LOG.error(
                        "the snapshot of the notifier's log failed; the old segments are kept", e);
                  } finally {
                    snapshotting = null;
                  }
                });
  }

  /// Writes a snapshot of the state at the start of a segment, then deletes older segments and
  /// snapshots.
  private void writeSnapshot(LogState snapshot, long number) throws IOException {
    ledger.force();
    Path target = NumberedFile.of(folder, number, SNAPSHOT).path();
    Path temporary = NumberedFile.of(folder, number, SNAPSHOT + TEMPORARY).path();
    try (var file = LogSegments.empty(temporary)) {
      var bytes = new ByteSink(1 << 20);
      LogFormat.SNAPSHOT.begin(bytes, number);
      var writer = new LogRecordWriter(bytes, snapshot::alert);
      var frames = new FrameSplit(file, bytes);
      for (var alert : snapshot.alerts.values()) {
        writer.alert(alert);
        frames.next();
      }
      for (var silence : snapshot.silences.values()) {
        writer.silence(silence);
        frames.next();
      }
      for (var entry : snapshot.log.values()) {
        writer.logged(entry);
        frames.next();
      }
      for (var pending : snapshot.pending.values()) {
        writer.pending(pending);
        frames.next();
      }
      writer.aliveAt(snapshot.aliveAt);
      writer.nextNumber(snapshot.nextNumber);
      writer.end();
      frames.finish();
      file.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Durability.publish(temporary, target);
    deleteBefore(number);
  }

  /// Splits a long run of records into frames and writes each.
  private static final class FrameSplit {
    private final FileChannel file;
    private final ByteSink bytes;
    private int frame;
    private int records;
    private long offset;

    FrameSplit(FileChannel file, ByteSink bytes) {
      this.file = file;
      this.bytes = bytes;
      this.frame = Frames.begin(bytes);
    }

    void next() throws IOException {
      if (++records % ALERTS_PER_FRAME == 0) {
        finish();
        frame = Frames.begin(bytes);
      }
    }

    void finish() throws IOException {
      Frames.end(bytes, frame);
      LogSegments.writeAll(file, bytes, offset);
      offset += bytes.size();
      bytes.clear();
    }
  }

  private void deleteBefore(long number) throws IOException {
    for (String suffix : List.of(LogSegments.SUFFIX, SNAPSHOT)) {
      for (NumberedFile file : NumberedFile.list(folder, suffix)) {
        if (file.number() < number) {
          Files.delete(file.path());
        }
      }
    }
  }

  /// Stores pending changes, then stops.
  @Override
  public void close() {
    commit.close();
    try {
      Thread snapshot = snapshotting;
      if (snapshot != null) {
        snapshot.join(10_000);
      }
      ledger.force();
      ledger.close();
      segments.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.error("the notifier's log could not be closed", e);
    }
  }
}
