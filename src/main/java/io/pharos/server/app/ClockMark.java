package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

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

/// The latest time that a process on this data saw, in a file of its own, so that the next one
/// knows whether the clock was set back meanwhile (docs/format/clock.md).
///
/// The file stays open and keeps its length: to write it needs no descriptor and no room. Without
/// it Pharos works as ever, but for that knowledge. Not thread-safe.
final class ClockMark implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClockMark.class);
  private static final int LENGTH = "2026-03-01T12:00:00Z\n".length();

  private final @Nullable FileChannel file;
  private Instant written = Instant.MIN;

  private ClockMark(@Nullable FileChannel file) {
    this.file = file;
  }

  /// @param folder that of all data
  static ClockMark open(Path folder) {
    Path path = requireNonNull(folder, "folder is null").resolve("clock");
    try {
      return new ClockMark(
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    } catch (IOException e) {
      LOG.warn("{} can't be opened: a clock that is set back is not noticed at a start", path, e);
      return new ClockMark(null);
    }
  }

  /// What an earlier process wrote; nothing where that can't be read.
  Optional<Instant> read() {
    if (file == null) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {}
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
    } catch (IOException | DateTimeException e) {
      LOG.warn("the file clock can't be read: whether the clock was set back is not known", e);
      return Optional.empty();
    }
  }

  /// Keeps a time, in whole seconds; one that can't be written is missed by the next start alone.
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
      LOG.debug("the file clock can't be written", e);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.debug("the file clock can't be closed", e);
      }
    }
  }
}
