package io.pharos.server.app.health;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file with the latest time on the clock of the process that uses this data. The next process
/// uses the file to detect whether the clock was set back meanwhile (docs/format/clock.md).
///
/// The file stays open and its length is fixed, so that writing needs no further descriptor and no
/// disk space. Not thread-safe.
public final class ClockMark implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClockMark.class);
  private static final int LENGTH = "2026-03-01T12:00:00Z\n".length();

  private final @Nullable FileChannel file;
  private Instant written = Instant.MIN;

  private ClockMark(@Nullable FileChannel file) {
    this.file = file;
  }

  /// Opens the file. If that fails, a clock that is set back will not be detected.
  ///
  /// @param folder the storage folder
  public static ClockMark open(Path folder) {
    Path path = folder.resolve("clock");
    try {
      return new ClockMark(
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    } catch (IOException e) {
      LOG.warn(
          "{} can't be opened: a clock that is set back will not be detected at the next start",
          path,
          e);
      return new ClockMark(null);
    }
  }

  /// Returns the time that an earlier process wrote; empty if the time is missing or unreadable.
  public Optional<Instant> read() {
    if (file == null) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {}
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
    } catch (IOException | DateTimeException e) {
      LOG.warn("the clock mark can't be read: whether the clock was set back is unknown", e);
      return Optional.empty();
    }
  }

  /// Stores a time, truncated to seconds. Ignores a failure, because only the next start needs the
  /// time.
  void write(Instant latest) {
    Instant second = latest.truncatedTo(ChronoUnit.SECONDS);
    if (file == null || second.equals(written)) {
      return;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap((second + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        int _ = file.write(bytes, bytes.position());
      }
      written = second;
    } catch (IOException e) {
      LOG.debug("the clock mark can't be written", e);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.debug("the clock mark can't be closed", e);
      }
    }
  }
}
