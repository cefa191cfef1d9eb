package io.pharos.state.log;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.bytes.NumberedFile;
import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The segment that is being written, and the reserve: a file of zeros, which becomes the next
/// segment when the disk is full. For the log's one thread.
final class LogSegments implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogSegments.class);
  static final String SUFFIX = ".log";
  private static final String RESERVE = "reserve";
  private static final String TEMPORARY = ".tmp";

  /// Room for some ten thousand decisions or silences.
  static final int RESERVE_BYTES = 4 << 20;

  private static final int RESERVE_PIECE = 64 << 10;

  /// How often it is tried to have a reserve.
  private static final long RESERVE_RETRY_NANOS = 10_000_000_000L;

  private final Path folder;
  private @Nullable FileChannel channel;
  private long segment;

  /* Where the next frame goes: the end of the last that counts. */
  private long end;
  private boolean inReserve;
  private volatile String noRoom = "";
  private long reserveTriedNanos = System.nanoTime() - RESERVE_RETRY_NANOS;

  /// @param last the number of the newest segment that is there
  LogSegments(Path folder, long last) {
    this.folder = folder;
    this.segment = last;
  }

  /// The number of the segment that is written.
  long number() {
    return segment;
  }

  /// Why there is no reserve; empty if there is one. Any thread may ask.
  String noRoom() {
    return noRoom;
  }

  /// Whether the segment has no frame yet.
  boolean isFresh() {
    return channel != null && end == LogFormat.LOG.header();
  }

  /// Begins the first segment of this process, in the reserve if need be.
  ///
  /// @return whether that could be done
  boolean begin() {
    boolean begun;
    try {
      rotate();
      begun = true;
    } catch (IOException e) {
      LOG.error("{}: no log can be begun at the moment: {}", folder, e.toString());
      begun = takeReserve();
    }
    keepReserve();
    return begun;
  }

  /// Begins the next segment.
  void rotate() throws IOException {
    became(create(segment + 1));
    inReserve = false;
  }

  private void became(FileChannel next) throws IOException {
    FileChannel previous = channel;
    segment++;
    channel = next;
    end = LogFormat.LOG.header();
    if (previous != null) {
      previous.close();
    }
  }

  /// Begins a segment; replaces one of that number, which only a failed attempt can have left.
  private FileChannel create(long number) throws IOException {
    Path path = NumberedFile.of(folder, number, SUFFIX).path();
    FileChannel begun =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      writeAll(begun, header(number), 0);
      Durability.syncDirectory(folder);
      return begun;
    } catch (IOException e) {
      begun.close();
      Files.deleteIfExists(path);
      throw e;
    }
  }

  private static ByteSink header(long number) {
    var header = new ByteSink(LogFormat.LOG.header());
    LogFormat.LOG.begin(header, number);
    return header;
  }

  /// Makes the reserve the next segment.
  ///
  /// @return whether there was one
  private boolean takeReserve() {
    Path reserve = folder.resolve(RESERVE);
    Path path = NumberedFile.of(folder, segment + 1, SUFFIX).path();
    if (!Files.exists(reserve)) {
      return false;
    }
    try {
      Files.move(reserve, path);
      FileChannel next = FileChannel.open(path, StandardOpenOption.WRITE);
      writeAll(next, header(segment + 1), 0);
      next.force(false);
      Durability.syncDirectory(folder);
      became(next);
      inReserve = true;
      LOG.warn(
          "{}: the disk takes nothing; the log goes on in {}, which was kept for that",
          folder,
          path);
      return true;
    } catch (IOException e) {
      LOG.error("{}: the reserve can't be used", folder, e);
      return false;
    }
  }

  /// Makes a reserve if there is none. Its zeros are written, since a file with a hole occupies no
  /// room.
  void keepReserve() {
    long now = System.nanoTime();
    if (now - reserveTriedNanos < RESERVE_RETRY_NANOS) {
      return;
    }
    reserveTriedNanos = now;
    Path reserve = folder.resolve(RESERVE);
    Path temporary = folder.resolve(RESERVE + TEMPORARY);
    try {
      if (Files.exists(reserve) && Files.size(reserve) == RESERVE_BYTES) {
        noRoom = "";
        return;
      }
      writeZeros(temporary);
      Durability.publish(temporary, reserve);
      noRoom = "";
    } catch (IOException e) {
      noRoom = String.valueOf(e.getMessage());
      LOG.warn("{}: no room can be put aside for the log: {}", folder, e.toString());
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException _) {
        // It is written anew at the next attempt.
      }
    }
  }

  /* Synced once: it lies on the way of a start to being ready, and a sync for each piece took most of
   * that. */
  private static void writeZeros(Path file) throws IOException {
    try (var target =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var zeros = ByteBuffer.allocate(RESERVE_PIECE);
      for (int at = 0; at < RESERVE_BYTES; at += RESERVE_PIECE) {
        zeros.clear();
        while (zeros.hasRemaining()) {
          int _ = target.write(zeros);
        }
      }
      target.force(true);
    }
  }

  /// The disk is full, and what the write left was cut off.
  static final class NoRoomException extends IOException {
    NoRoomException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /// Writes frames and syncs them.
  ///
  /// @throws NoRoomException when the disk is full; then the file is as it was
  void write(ByteSink bytes) throws IOException {
    FileChannel target = channel;
    if (target == null) {
      throw new IOException("no log is open");
    }
    try {
      writeAll(target, bytes, end);
    } catch (IOException e) {
      if (!(FailureOrigin.of(e) instanceof FailureOrigin.Own) || !takenBack(target)) {
        throw e;
      }
      target = takeReserve() ? channel : null;
      if (target == null) {
        throw new NoRoomException(e);
      }
      writeAll(target, bytes, end);
    }
    target.force(false);
    end += bytes.size();
  }

  /// Cuts off what a failed write left. The reserve keeps its size, with zeros at its end.
  private boolean takenBack(FileChannel target) {
    try {
      if (inReserve) {
        long left = Math.max(0, target.size() - end);
        var zeros = new ByteSink((int) left);
        for (long i = 0; i < left; i++) {
          zeros.u8(0);
        }
        writeAll(target, zeros, end);
      } else {
        FileChannel _ = target.truncate(end);
      }
      target.force(false);
      return true;
    } catch (IOException e) {
      LOG.error("{}: what a failed write left can't be cut off", folder, e);
      return false;
    }
  }

  static void writeAll(FileChannel target, ByteSink bytes, long at) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes.array(), 0, bytes.size());
    while (buffer.hasRemaining()) {
      int _ = target.write(buffer, at + buffer.position());
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
