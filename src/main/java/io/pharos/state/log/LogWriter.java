package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.trouble.Damages;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log and the state that it amounts to, written by one thread. Thread-safe.
final class LogWriter implements AutoCloseable {
  /* A change counts once its frame is on the disk: only then it is applied to the state, and its
   * caller told. If the disk is full, what the write left is cut off and the frames go to the
   * reserve; if that is full too, the callers are told that it failed. After any other failure
   * nobody knows what reached the disk: the next write begins a new segment and a snapshot of the
   * state, which supersede everything before. */
  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
  static final long SNAPSHOT_AFTER = 64L << 20;
  private static final String SNAPSHOT = ".snapshot";
  private static final String TEMPORARY = ".tmp";
  private static final long LOOK_SECONDS = 10;
  private static final int MAX_BATCH_BYTES = 4 << 20;
  private static final int ALERTS_PER_FRAME = 1000;

  private record Entry(@Nullable LogChange change, CompletableFuture<Void> stored) {}

  private final Path folder;
  private final LedgerFiles ledger;
  private final long snapshotAfter;
  private final LogState state;
  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private ByteSink sink = new ByteSink(1 << 16);
  private final LogSegments segments;
  private long sinceSnapshot;
  private boolean broken;
  private volatile boolean closed;
  private volatile String failure = "";
  private volatile @Nullable Thread snapshotting;

  private LogWriter(
      Path folder,
      LedgerFiles ledger,
      long snapshotAfter,
      LogState state,
      long segment,
      long size) {
    this.folder = folder;
    this.ledger = ledger;
    this.snapshotAfter = snapshotAfter;
    this.state = state;
    this.sinceSnapshot = size;
    this.segments = new LogSegments(folder, segment);
    // A start must be possible: where no log can be begun the first write tries again.
    this.broken = !segments.begin();
    this.thread = Thread.ofPlatform().daemon().name("notifier-log").start(this::run);
  }

  static LogWriter open(Path folder, LedgerFiles ledger, long snapshotAfter, Damages damages)
      throws IOException {
    Files.createDirectories(folder);
    deleteTemporary(folder);
    var state = new LogState();
    var reader = new LogRecordReader(state);
    List<Path> snapshots = list(folder, SNAPSHOT);
    long from = 0;
    if (!snapshots.isEmpty()) {
      Path newest = snapshots.getLast();
      from = LogNames.number(newest);
      replay(newest, LogFormat.SNAPSHOT_MAGIC, reader, damages);
      if (!reader.isEnded()) {
        String what = newest + ": the snapshot is not whole; what it held beyond is lost";
        LOG.error(what);
        damages.found(Damages.Part.NOTIFIER_LOG, what, newest);
        reader.tolerateHoles();
      }
    }
    long size = 0;
    long last = from;
    for (Path log : list(folder, LogSegments.SUFFIX)) {
      long number = LogNames.number(log);
      if (number >= from) {
        replay(log, LogFormat.LOG_MAGIC, reader, damages);
        size += Files.size(log);
      }
      last = Math.max(last, number);
    }
    try {
      ledger.addMissing(reader.finished(), state.nextNumber);
    } catch (IOException e) {
      LOG.error("deliveries are missing in the ledger: {}", e.toString());
    }
    return new LogWriter(folder, ledger, snapshotAfter, state, last, size);
  }

  private static void deleteTemporary(Path folder) throws IOException {
    for (Path path : list(folder, TEMPORARY)) {
      Files.delete(path);
    }
  }

  private static List<Path> list(Path folder, String suffix) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> path.toString().endsWith(suffix) && LogNames.number(path) >= 0)
          .sorted(Comparator.comparingLong(LogNames::number))
          .toList();
    }
  }

  private static void replay(Path file, long magic, LogRecordReader reader, Damages damages)
      throws IOException {
    switch (LogFrames.read(file, magic, reader::frame, reader::tolerateHoles)) {
      case LogFrames.End.Whole _ -> {}
      case LogFrames.End.Torn(long at) ->
          LOG.info("{}: ends in a write that was not finished, at byte {}", file, at);
      case LogFrames.End.Damaged(long at, String why, long lost) -> {
        Path kept = keep(file, damages.aside(file));
        String what =
            "%s: damaged at byte %d (%s); %d bytes are lost, what stands behind them was read; kept as %s"
                .formatted(file, at, why, lost, kept);
        LOG.error(what);
        damages.found(Damages.Part.NOTIFIER_LOG, what, kept);
      }
    }
  }

  /// Gives a file another name that stays when it is superseded; that needs no room.
  private static Path keep(Path file, Path name) throws IOException {
    try {
      return Files.createLink(name, file);
    } catch (UnsupportedOperationException | IOException _) {
      try {
        return Files.copy(file, name, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        LOG.error("{}: no copy can be kept: {}", file, e.toString());
        Files.deleteIfExists(name);
        return file;
      }
    }
  }

  /// Stores a change; done when it would survive a kill. Changes are stored in the order of the
  /// calls.
  CompletableFuture<Void> append(LogChange change) {
    var entry = new Entry(change, new CompletableFuture<>());
    if (closed) {
      entry.stored.completeExceptionally(new RejectedExecutionException("the store is closed"));
    } else {
      queue.add(entry);
    }
    return entry.stored;
  }

  /// Why changes are not stored, or soon may not be; empty where all is well.
  String trouble() {
    if (!failure.isEmpty()) {
      return "alerts, silences and deliveries are not stored: " + failure;
    }
    String noRoom = segments.noRoom();
    return noRoom.isEmpty() ? "" : "the notifier's log lives on its reserve: " + noRoom;
  }

  <T> T read(Function<LogState, T> question) {
    synchronized (state) {
      return question.apply(state);
    }
  }

  private void run() {
    var batch = new ArrayList<Entry>();
    try {
      while (true) {
        Entry first = queue.poll(LOOK_SECONDS, TimeUnit.SECONDS);
        if (first == null) {
          segments.keepReserve();
          continue;
        }
        batch.add(first);
        queue.drainTo(batch);
        boolean last = batch.removeIf(entry -> entry.change == null);
        try {
          write(batch);
        } catch (RuntimeException | Error e) {
          LOG.error("The log goes on after an error", e);
          broken = true;
          batch.forEach(entry -> entry.stored.completeExceptionally(e));
        }
        batch.clear();
        if (last) {
          return;
        }
      }
    } catch (InterruptedException e) {
      LOG.error("The log's thread was interrupted and stops", e);
    }
  }

  private void write(List<Entry> batch) {
    int from = 0;
    while (from < batch.size()) {
      from += writeSome(batch.subList(from, batch.size()));
    }
    if (sinceSnapshot > snapshotAfter && snapshotting == null && !broken) {
      beginSnapshot();
    }
    segments.keepReserve();
  }

  /// Writes entries up to a few megabytes, and syncs once.
  ///
  /// @return how many
  private int writeSome(List<Entry> batch) {
    int count = 0;
    try {
      if (broken) {
        startOver();
      }
      sink.clear();
      Map<Fingerprint, TrackedAlert> ahead = new HashMap<>();
      var writer = new LogRecordWriter(sink, fingerprint -> known(ahead, fingerprint));
      while (count < batch.size() && sink.size() < MAX_BATCH_BYTES) {
        LogChange change = change(batch.get(count++));
        int frame = LogFrames.begin(sink);
        writer.change(change);
        LogFrames.end(sink, frame);
        if (change instanceof LogChange.Checkpoint) {
          break; // it may forget alerts: what follows must know
        }
        note(change, ahead);
      }
      segments.write(sink);
      sinceSnapshot += sink.size();
      if (sink.array().length > 2 * MAX_BATCH_BYTES) {
        sink = new ByteSink(1 << 16);
      }
      failure = "";
    } catch (LogSegments.NoRoomException e) {
      failure = String.valueOf(e.getMessage());
      for (Entry entry : batch) {
        entry.stored.completeExceptionally(e);
      }
      return batch.size();
    } catch (IOException | RuntimeException e) {
      failure = e.toString();
      broken = true;
      for (Entry entry : batch) {
        entry.stored.completeExceptionally(e);
      }
      return batch.size();
    }
    for (Entry entry : batch.subList(0, count)) {
      counts(change(entry));
      entry.stored.complete(null);
    }
    return count;
  }

  private static LogChange change(Entry entry) {
    LogChange change = entry.change;
    if (change == null) {
      throw new IllegalStateException("an entry without a change");
    }
    return change;
  }

  private @Nullable TrackedAlert known(
      Map<Fingerprint, TrackedAlert> ahead, Fingerprint fingerprint) {
    TrackedAlert alert = ahead.get(fingerprint);
    return alert == null ? state.alert(fingerprint) : alert;
  }

  private static void note(LogChange change, Map<Fingerprint, TrackedAlert> ahead) {
    if (change instanceof LogChange.AlertsSaved(List<TrackedAlert> alerts)) {
      alerts.forEach(alert -> ahead.put(alert.fingerprint(), alert));
    }
  }

  private void counts(LogChange change) {
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
        LOG.error("{} deliveries are missing in the ledger", finished.size(), e);
      }
    }
  }

  /// After a failed write: begins a segment, unless the current one is still empty, and writes a
  /// snapshot of the state.
  private void startOver() throws IOException {
    if (!segments.isFresh()) {
      segments.rotate();
    }
    writeSnapshot(state.copy(), segments.number());
    sinceSnapshot = 0;
    broken = false;
    LOG.info("The log can be written again");
  }

  private void beginSnapshot() {
    LogState copy;
    try {
      segments.rotate();
      sinceSnapshot = 0;
      copy = state.copy();
    } catch (IOException e) {
      LOG.error("The log can't go on in a new file; trying again", e);
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
                    LOG.error("No snapshot could be written; the log is kept", e);
                  } finally {
                    snapshotting = null;
                  }
                });
  }

  /// Writes the state as it was when a segment began, then deletes what came before.
  private void writeSnapshot(LogState what, long number) throws IOException {
    ledger.force();
    Path target = folder.resolve(LogNames.name(number, SNAPSHOT));
    Path temporary = folder.resolve(LogNames.name(number, SNAPSHOT + TEMPORARY));
    try (var file =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var bytes = new ByteSink(1 << 20);
      LogFrames.header(bytes, LogFormat.SNAPSHOT_MAGIC, number);
      var writer = new LogRecordWriter(bytes, what::alert);
      var frames = new FrameSplit(file, bytes);
      for (var alert : what.alerts.values()) {
        writer.alert(alert);
        frames.next();
      }
      for (var silence : what.silences.values()) {
        writer.silence(silence);
        frames.next();
      }
      for (var entry : what.log.values()) {
        writer.logged(entry);
        frames.next();
      }
      for (var pending : what.pending.values()) {
        writer.pending(pending);
        frames.next();
      }
      writer.aliveAt(what.aliveAt);
      writer.nextNumber(what.nextNumber);
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

  /// Cuts a long run of records into frames and writes each.
  private static final class FrameSplit {
    private final FileChannel file;
    private final ByteSink bytes;
    private int frame;
    private int records;
    private long at;

    FrameSplit(FileChannel file, ByteSink bytes) {
      this.file = file;
      this.bytes = bytes;
      this.frame = LogFrames.begin(bytes);
    }

    void next() throws IOException {
      if (++records % ALERTS_PER_FRAME == 0) {
        finish();
        frame = LogFrames.begin(bytes);
      }
    }

    void finish() throws IOException {
      LogFrames.end(bytes, frame);
      LogSegments.writeAll(file, bytes, at);
      at += bytes.size();
      bytes.clear();
    }
  }

  private void deleteBefore(long number) throws IOException {
    for (String suffix : List.of(LogSegments.SUFFIX, SNAPSHOT)) {
      for (Path path : list(folder, suffix)) {
        if (LogNames.number(path) < number) {
          Files.delete(path);
        }
      }
    }
  }

  /// Stores what has come in, then stops.
  @Override
  public void close() {
    closed = true;
    queue.add(new Entry(null, new CompletableFuture<>()));
    try {
      thread.join(10_000);
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
      LOG.error("The log could not be closed", e);
    }
  }
}
