package io.pharos.state.log;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.bytes.NumberedFile;
import io.pharos.model.PlainReason;
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

/// The current segment of the log, and the reserve: a file of zeros that becomes the next segment
/// when the disk is full. Used by the log's thread only.
final class LogSegments implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogSegments.class);
  static final String SUFFIX = ".log";
  private static final String RESERVE = "reserve";
  private static final String TEMPORARY = ".tmp";

  /// Size of the reserve, enough for about ten thousand decisions or silences.
  static final int RESERVE_BYTES = 4 << 20;

  private static final int RESERVE_PIECE = 64 << 10;

  /// Interval in nanoseconds between attempts to create a reserve.
  private static final long RESERVE_RETRY_NANOS = 10_000_000_000L;

  private final Path folder;
  private @Nullable FileChannel channel;
  private long segment;

  /* Position in the segment at which the next frame is written: the end of the last valid one. */
  private long end;
  private boolean inReserve;
  private volatile String noReserveReason = "";
  private long reserveTriedNanos = System.nanoTime() - RESERVE_RETRY_NANOS;

  /// @param last number of the newest existing segment
  LogSegments(Path folder, long last) {
    this.folder = folder;
    this.segment = last;
  }

  /// Returns the number of the current segment.
  long number() {
    return segment;
  }

  /// Returns why there is no reserve; empty if there is one. Thread-safe.
  String noReserveReason() {
    return noReserveReason;
  }

  /// Returns whether the segment contains no frame yet.
  boolean isFresh() {
    return channel != null && end == LogFormat.LOG.header();
  }

  /// Starts the first segment of this process; uses the reserve if the disk is full.
  ///
  /// @return whether that succeeded
  boolean begin() {
    boolean begun;
    try {
      rotate();
      begun = true;
    } catch (IOException e) {
      LOG.error("{}: the log can't be started; trying the reserve: {}", folder, PlainReason.of(e));
      begun = useReserve();
    }
    keepReserve();
    return begun;
  }

  /// Starts the next segment.
  void rotate() throws IOException {
    switchTo(create(segment + 1));
    inReserve = false;
  }

  private void switchTo(FileChannel next) throws IOException {
    FileChannel previous = channel;
    segment++;
    channel = next;
    end = LogFormat.LOG.header();
    if (previous != null) {
      previous.close();
    }
  }

  /// Creates a segment. A file with this number can only be from a failed attempt and is
  /// overwritten.
  private FileChannel create(long number) throws IOException {
    Path path = NumberedFile.of(folder, number, SUFFIX).path();
    FileChannel begun = empty(path);
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

  /// Opens a file for writing. Creates it, or truncates it to zero bytes.
  static FileChannel empty(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static ByteSink header(long number) {
    var header = new ByteSink(LogFormat.LOG.header());
    LogFormat.LOG.begin(header, number);
    return header;
  }

  /// Turns the reserve into the next segment.
  ///
  /// @return false if there is no reserve, or it can't be used
  private boolean useReserve() {
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
      switchTo(next);
      inReserve = true;
      LOG.warn(
          "{}: the disk rejects writes; the log continues in the reserved file {}; free disk space",
          folder,
          path);
      return true;
    } catch (IOException e) {
      LOG.error("{}: the reserved file can't be used", folder, e);
      return false;
    }
  }

  /// Creates the reserve if it is missing. The zeros are really written, because a file with a hole
  /// occupies no space on the disk.
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
        noReserveReason = "";
        return;
      }
      writeZeros(temporary);
      Durability.publish(temporary, reserve);
      noReserveReason = "";
    } catch (IOException e) {
      noReserveReason = String.valueOf(e.getMessage());
      LOG.warn(
          "{}: no disk space can be reserved for the log; free disk space: {}",
          folder,
          PlainReason.of(e));
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException _) {
        // The next attempt overwrites the file.
      }
    }
  }

  /* Syncs only once, because startup waits for this: a sync for each piece took most of the startup
   * time. */
  private static void writeZeros(Path file) throws IOException {
    try (var target = empty(file)) {
      var zeros = ByteBuffer.allocate(RESERVE_PIECE);
      for (int offset = 0; offset < RESERVE_BYTES; offset += RESERVE_PIECE) {
        zeros.clear();
        while (zeros.hasRemaining()) {
          int _ = target.write(zeros);
        }
      }
      target.force(true);
    }
  }

  /// The disk is full, and the partial write was undone.
  static final class NoRoomException extends IOException {
    NoRoomException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /// Writes frames and syncs them.
  ///
  /// @throws NoRoomException if the disk is full; the file is then unchanged
  void write(ByteSink bytes) throws IOException {
    FileChannel target = channel;
    if (target == null) {
      throw new IOException("no log is open");
    }
    try {
      writeAll(target, bytes, end);
    } catch (IOException e) {
      if (!(FailureOrigin.of(e) instanceof FailureOrigin.Own) || !undo(target)) {
        throw e;
      }
      target = useReserve() ? channel : null;
      if (target == null) {
        throw new NoRoomException(e);
      }
      writeAll(target, bytes, end);
    }
    target.force(false);
    end += bytes.size();
  }

  /// Removes the rest of a failed write. In a segment that was the reserve, overwrites the rest
  /// with zeros, so that the size of the file does not change.
  private boolean undo(FileChannel target) {
    try {
      if (inReserve) {
        long rest = Math.max(0, target.size() - end);
        var zeros = new ByteSink((int) rest);
        for (long i = 0; i < rest; i++) {
          zeros.u8(0);
        }
        writeAll(target, zeros, end);
      } else {
        FileChannel _ = target.truncate(end);
      }
      target.force(false);
      return true;
    } catch (IOException e) {
      LOG.error(
          "{}: the rest of a failed write can't be removed; the log starts over in a new segment",
          folder,
          e);
      return false;
    }
  }

  static void writeAll(FileChannel target, ByteSink bytes, long offset) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes.array(), 0, bytes.size());
    while (buffer.hasRemaining()) {
      int _ = target.write(buffer, offset + buffer.position());
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
