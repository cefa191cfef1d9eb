package io.pharos.state.log;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.NumberedFile;
import io.pharos.gate.Anchors;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateRun;
import io.pharos.gate.hindsight.AnchorLine;
import io.pharos.gate.hindsight.AnchorTrail;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes anchors to files `NNNNNNNN.anchors`, and logs each of them. Thread-safe.
///
/// A line is forced to the disk before the next one is written. Lines that can't be written are
/// queued and retried.
public final class AnchorFiles implements Anchors, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnchorFiles.class);

  /// Size in bytes at which a new file is started: about 8,000 anchors.
  static final long ROTATE_AT = 4L << 20;

  /// Maximum number of files. Together they have at most about 64 MiB.
  static final int MAX_FILES = 16;

  /// Maximum number of queued anchors. If there are more, the oldest are only logged.
  private static final int MAX_WAITING = 1_000;

  /// Maximum number of gates whose last anchor is remembered, so that no anchor is written twice.
  private static final int MAX_REMEMBERED = 20_000;

  private final Path folder;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final long rotateAt;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Map<String, AnchorLine.Mark> marks = new HashMap<>();
  private final Map<String, Integer> anchored =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };
  private boolean loaded;
  private String lastLink = "";
  private NumberedFile newest;

  /// An anchor that is still to be written.
  private record Waiting(String service, String gate, String state, int facts, String chain) {}

  /// Creates a writer to a folder; the folder is created for the first anchor.
  public AnchorFiles(Path folder, InstantSource clock, MeterRegistry meterRegistry) {
    this(folder, clock, meterRegistry, ROTATE_AT);
  }

  AnchorFiles(Path folder, InstantSource clock, MeterRegistry meterRegistry, long rotateAt) {
    this.folder = folder;
    this.clock = clock;
    this.meterRegistry = meterRegistry;
    this.rotateAt = rotateAt;
    this.newest = NumberedFile.of(folder, 1, AnchorTrail.SUFFIX);
  }

  @Override
  public synchronized void anchor(GateRun run, GateFact last) {
    if (loaded && anchored.getOrDefault(run.id(), 0) >= last.seq()) {
      return;
    }
    waiting.add(new Waiting(run.service(), run.id(), run.state().name(), last.seq(), last.chain()));
    if (waiting.size() > MAX_WAITING) {
      Waiting dropped = waiting.remove();
      count("dropped");
      LOG.error("gate anchor dropped, because {} can't be written: {}", folder, dropped);
    }
    write();
  }

  @Override
  public synchronized String last() {
    try {
      load();
    } catch (IOException _) { // the next write reports it
      return "";
    }
    return lastLink;
  }

  @Override
  public synchronized void retry() {
    if (!waiting.isEmpty()) {
      write();
    }
  }

  private void write() {
    try {
      load();
      while (!waiting.isEmpty()) {
        Waiting next = waiting.element();
        if (anchored.getOrDefault(next.gate(), 0) < next.facts()) {
          append(next);
        }
        waiting.remove();
      }
    } catch (IOException e) {
      count("failed");
      LOG.error(
          "{} gate anchors can't be written to {}; retrying: {}",
          waiting.size(),
          folder,
          e.toString());
    }
  }

  private void append(Waiting next) throws IOException {
    AnchorLine line =
        AnchorLine.after(
            marks.get(next.service()),
            next.service(),
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            next.gate(),
            next.state(),
            next.facts(),
            next.chain());
    if (Files.exists(newest.path()) && Files.size(newest.path()) >= rotateAt) {
      rotate();
    }
    appendLine(newest.path(), line.toJson());
    marks.put(line.service(), line.mark());
    anchored.put(line.gate(), line.facts());
    lastLink = line.link();
    count("written");
    LOG.info("gate anchor {}", line.toJson());
  }

  private void rotate() throws IOException {
    NumberedFile next = NumberedFile.of(folder, newest.number() + 1, AnchorTrail.SUFFIX);
    appendLine(next.path(), AnchorTrail.carried(marks));
    newest = next;
    List<NumberedFile> files = NumberedFile.list(folder, AnchorTrail.SUFFIX);
    for (NumberedFile old : files.subList(0, Math.max(0, files.size() - MAX_FILES))) {
      LOG.info("deleting the oldest gate anchors: {}", old.path());
      Files.delete(old.path());
    }
  }

  /* Writes the complete line or nothing, because the next line would be appended to a partial
   * one. */
  private static void appendLine(Path path, String line) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long end = channel.size();
      ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
      try {
        while (bytes.hasRemaining()) {
          end += channel.write(bytes, end);
        }
        channel.force(true);
      } catch (IOException e) {
        FileChannel _ = channel.truncate(end - bytes.position());
        throw e;
      }
    }
  }

  /// Reads the existing lines, once. Removes a partial last line, which a power loss may have left.
  private void load() throws IOException {
    if (loaded) {
      return;
    }
    Files.createDirectories(folder);
    List<NumberedFile> files = NumberedFile.list(folder, AnchorTrail.SUFFIX);
    if (!files.isEmpty()) {
      newest = files.getLast();
      removePartialLine(newest.path());
      AnchorTrail trail = AnchorTrail.read(folder);
      trail.breaks().forEach(reason -> LOG.error("the gate anchors were modified: {}", reason));
      marks.putAll(trail.marks());
      trail.lines().forEach(line -> anchored.put(line.gate(), line.facts()));
      lastLink = trail.lines().isEmpty() ? "" : trail.lines().getLast().link();
    }
    loaded = true;
  }

  private static void removePartialLine(Path path) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    if (end < bytes.length) {
      LOG.warn("{}: removing a partial line of {} bytes", path, bytes.length - end);
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        FileChannel _ = channel.truncate(end);
      }
    }
  }

  private void count(String outcome) {
    meterRegistry.counter("pharos.gate.anchors", "outcome", outcome).increment();
  }

  @Override
  public synchronized void close() {
    retry();
  }
}
