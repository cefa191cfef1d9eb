package io.pharos.state.log;

import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.bytes.Frames;
import io.pharos.bytes.NumberedFile;
import io.pharos.trouble.DamagedData;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores finished deliveries in files `NNNNNNNN.ledger`. Thread-safe.
final class LedgerFiles implements AutoCloseable {
  /* When a file is started, it gets the number of the next decision, so all decisions in older
   * files have lower numbers. A query reads the newest files first. It stops when it has found
   * enough entries and none of their numbers is below the number of the last file it read. */
  private static final Logger LOG = LoggerFactory.getLogger(LedgerFiles.class);
  private static final String SUFFIX = ".ledger";
  private static final Comparator<LogState.Numbered> BY_NUMBER =
      Comparator.comparingLong(LogState.Numbered::number);
  static final long MAX_FILE_BYTES = 8L << 20;

  /// Maximum number of entries in memory while the disk can't be written.
  private static final int MAX_WAITING = 10_000;

  private final Path folder;
  private final long maxFileBytes;
  private final ByteSink sink = new ByteSink(1 << 12);
  private @Nullable FileChannel channel;
  private long written;

  /* Whether the name of the current file would survive a power loss. */
  private boolean isNameSynced;
  private Instant forgottenBefore = Instant.EPOCH;
  private final DamagedData damages;
  private final Set<Path> damaged = new HashSet<>();

  /* Entries that could not be written yet. If some of them are dropped, the next start restores
   * them from the log. */
  private final List<LogState.Numbered> waiting = new ArrayList<>();

  private LedgerFiles(Path folder, long maxFileBytes, DamagedData damages) {
    this.folder = folder;
    this.maxFileBytes = maxFileBytes;
    this.damages = damages;
  }

  /// @param maxFileBytes size in bytes at which a new file is started
  static LedgerFiles open(Path folder, long maxFileBytes, DamagedData damages) throws IOException {
    Files.createDirectories(folder);
    return new LedgerFiles(folder, maxFileBytes, damages);
  }

  /// Returns the files, the newest first.
  private List<NumberedFile> files() throws IOException {
    return NumberedFile.list(folder, SUFFIX).reversed();
  }

  /// Appends entries. They survive a kill of the process at once, and a power loss only after
  /// [#force].
  ///
  /// @param next number of the next decision
  synchronized void append(List<LogState.Numbered> entries, long next) throws IOException {
    waiting.addAll(entries);
    try {
      FileChannel target = channel;
      if (target == null || written >= maxFileBytes) {
        target = begin(next);
      }
      sink.clear();
      int from = Frames.begin(sink);
      var writer = new LogRecordWriter(sink, LogRecordWriter.EarlierAlerts.NONE);
      waiting.forEach(writer::ledger);
      Frames.end(sink, from);
      write(target);
      waiting.clear();
    } finally {
      if (waiting.size() > MAX_WAITING) {
        waiting.subList(0, waiting.size() - MAX_WAITING).clear();
      }
    }
  }

  private FileChannel begin(long next) throws IOException {
    force();
    close();
    FileChannel begun =
        FileChannel.open(
            NumberedFile.of(folder, next, SUFFIX).path(),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    channel = begun;
    isNameSynced = false;
    written = begun.size();
    if (written < LogFormat.LEDGER.header()) {
      written = 0;
      sink.clear();
      LogFormat.LEDGER.begin(sink, next);
      write(begun);
    }
    return begun;
  }

  /* If the write fails, truncates the file, so that the next frame does not follow a partial
   * one. */
  private void write(FileChannel target) throws IOException {
    try {
      LogSegments.writeAll(target, sink, written);
      written += sink.size();
    } catch (IOException e) {
      FileChannel _ = target.truncate(written);
      if (written == 0) {
        close();
      }
      throw e;
    }
  }

  /// Makes appended entries survive a power loss.
  synchronized void force() throws IOException {
    if (channel != null) {
      channel.force(false);
      if (!isNameSynced) {
        Durability.syncDirectory(folder);
        isNameSynced = true;
      }
    }
  }

  /// Appends the entries that the ledger lacks. The process may have been killed when the log
  /// already contained the end of a delivery, but the ledger did not, or not yet durably.
  void addMissing(List<LogState.Numbered> entries, long next) throws IOException {
    if (entries.isEmpty()) {
      return;
    }
    Set<Long> stored = new HashSet<>();
    List<NumberedFile> files = files();
    for (NumberedFile file : files) {
      read(file, numbered -> stored.add(numbered.number()));
    }
    if (!files.isEmpty()) {
      Durability.syncFile(files.getFirst().path());
      Durability.syncDirectory(folder);
    }
    List<LogState.Numbered> missing =
        entries.stream().filter(entry -> !stored.contains(entry.number())).toList();
    if (!missing.isEmpty()) {
      append(missing, next);
    }
  }

  /// Returns the latest deliveries, the newest decision first.
  ///
  /// @param pending unfinished deliveries
  synchronized List<LedgerEntry> query(LedgerEntry.Query query, Stream<LogState.Numbered> pending)
      throws IOException {
    var newest = new PriorityQueue<>(BY_NUMBER);
    Consumer<LogState.Numbered> collect =
        numbered -> {
          if (matches(query, numbered.entry())) {
            newest.add(numbered);
            if (newest.size() > query.limit()) {
              newest.remove();
            }
          }
        };
    readBack(
        pending,
        query.since().orElse(Instant.MIN),
        collect,
        file -> {
          LogState.Numbered oldest = newest.peek();
          return newest.size() == query.limit()
              && oldest != null
              && oldest.number() >= file.number();
        });
    return newestFirst(newest);
  }

  /// Returns the latest deliveries of groups, as [io.pharos.alerting.outbox.OutboxStore#ledgerOf].
  ///
  /// @param pending unfinished deliveries
  synchronized Map<String, List<LedgerEntry>> ofGroups(
      Map<String, Instant> since, Stream<LogState.Numbered> pending) throws IOException {
    var found = new HashMap<String, PriorityQueue<LogState.Numbered>>();
    readBack(
        pending,
        since.values().stream().min(Comparator.naturalOrder()).orElse(Instant.MAX),
        numbered -> {
          LedgerEntry entry = numbered.entry();
          Instant from = since.get(entry.key().groupKey());
          if (from != null && !entry.decidedAt().isBefore(from) && isKept(entry)) {
            PriorityQueue<LogState.Numbered> newest =
                found.computeIfAbsent(entry.key().groupKey(), _ -> new PriorityQueue<>(BY_NUMBER));
            newest.add(numbered);
            if (newest.size() > LedgerEntry.Query.MAX_LIMIT) {
              newest.remove();
            }
          }
        },
        _ -> false);
    var entries = new HashMap<String, List<LedgerEntry>>();
    found.forEach((group, newest) -> entries.put(group, newestFirst(newest)));
    return entries;
  }

  private static List<LedgerEntry> newestFirst(Collection<LogState.Numbered> entries) {
    return entries.stream().sorted(BY_NUMBER.reversed()).map(LogState.Numbered::entry).toList();
  }

  /* Reads entries, those of the newest files first, until a file is enough or the older ones have
   * only decisions before an instant. */
  private void readBack(
      Stream<LogState.Numbered> pending,
      Instant since,
      Consumer<LogState.Numbered> entries,
      Predicate<NumberedFile> isEnough)
      throws IOException {
    pending.forEach(entries);
    waiting.forEach(entries);
    for (NumberedFile file : files()) {
      var reachesBack = new AtomicBoolean();
      read(
          file,
          numbered -> {
            entries.accept(numbered);
            // Deliveries that were decided after the file was begun, unlike those of older files.
            if (numbered.number() >= file.number()
                && numbered.entry().decidedAt().isBefore(since)) {
              reachesBack.set(true);
            }
          });
      if (reachesBack.get() || isEnough.test(file)) {
        return;
      }
    }
  }

  private boolean matches(LedgerEntry.Query query, LedgerEntry entry) {
    return (query.receiver().isEmpty()
            || query.receiver().equals(entry.key().integration().receiver()))
        && (query.status().isEmpty()
            || query.status().toUpperCase(Locale.ROOT).equals(entry.status().name()))
        && (query.groupKey().isEmpty() || query.groupKey().equals(entry.key().groupKey()))
        && query.since().filter(entry.decidedAt()::isBefore).isEmpty()
        && query.until().filter(entry.decidedAt()::isAfter).isEmpty()
        && isKept(entry);
  }

  private boolean isKept(LedgerEntry entry) {
    Instant finished = entry.finishedAt();
    return finished == null || !finished.isBefore(forgottenBefore);
  }

  private void read(NumberedFile file, Consumer<LogState.Numbered> entries) throws IOException {
    Frames.End end =
        Frames.read(
            file,
            LogFormat.LEDGER,
            frame -> {
              var reader = new LogRecordReader(new LogState());
              reader.frame(frame);
              reader.finished().forEach(entries);
            });
    if (end instanceof Frames.End.Damaged(long offset, String reason, long skippedBytes)
        && damaged.add(file.path())) {
      String damage =
          "%s: damaged at byte %d (%s); %d bytes of past deliveries are unreadable and not shown"
              .formatted(file.path(), offset, reason, skippedBytes);
      LOG.error(damage);
      damages.found(DamagedData.Part.LEDGER, damage, file.path());
    }
  }

  /// Removes entries that were finished before an instant: hides them, and deletes files that
  /// contain only such entries.
  synchronized void forgetFinishedBefore(Instant limit) throws IOException {
    forgottenBefore = limit;
    List<NumberedFile> newestFirst = files();
    for (NumberedFile file :
        newestFirst.subList(Math.min(1, newestFirst.size()), newestFirst.size())) {
      var latest = new ArrayList<Instant>(List.of(Instant.EPOCH));
      read(
          file,
          numbered -> {
            Instant finished = numbered.entry().finishedAt();
            if (finished != null && finished.isAfter(latest.getFirst())) {
              latest.set(0, finished);
            }
          });
      if (latest.getFirst().isBefore(limit)) {
        Files.delete(file.path());
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
