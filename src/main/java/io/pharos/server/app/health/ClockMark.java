package io.pharos.server.app.health;

import io.pharos.model.Labels;
import io.pharos.trouble.ObservationGaps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file with the latest time on the clock of the process that uses this data, and the steps of
/// that clock. The next process uses the file to detect whether the clock was set back meanwhile
/// (docs/format/clock.md).
///
/// The file stays open and only a step changes its length, so that writing needs no further
/// descriptor and no disk space. Not thread-safe.
public final class ClockMark implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClockMark.class);
  private static final int LENGTH = "2026-03-01T12:00:00Z\n".length();

  /// Maximum number of steps, the newest: they need less than a block of the disk.
  private static final int MAX_STEPS = 40;

  /// Maximum length of the line of a step, in bytes.
  private static final int STEP_LENGTH = 80;

  private final @Nullable FileChannel file;
  private Instant written = Instant.MIN;
  private List<ObservationGaps.Missing> writtenSteps = List.of();

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

  /// Returns the steps that an earlier process wrote; unreadable ones are omitted.
  public List<ObservationGaps.Missing> readSteps() {
    var steps = new ArrayList<ObservationGaps.Missing>();
    if (file == null) {
      return steps;
    }
    try {
      ByteBuffer bytes = ByteBuffer.allocate(MAX_STEPS * STEP_LENGTH);
      while (bytes.hasRemaining() && file.read(bytes, LENGTH + bytes.position()) > 0) {}
      new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8)
          .lines()
          .flatMap(line -> step(line).stream())
          .forEach(steps::add);
    } catch (IOException e) {
      LOG.warn("the clock mark can't be read: whether the clock was set is unknown", e);
    }
    return steps;
  }

  private static Optional<ObservationGaps.Missing> step(String line) {
    String[] parts = line.split(" ");
    try {
      return parts.length != 3
          ? Optional.empty()
          : Optional.of(
              new ObservationGaps.Missing(
                  Labels.empty(),
                  Instant.parse(parts[0]).toEpochMilli(),
                  Instant.parse(parts[1]).toEpochMilli(),
                  "the clock was set while an earlier process ran",
                  new ObservationGaps.Step(Long.parseLong(parts[2]), true),
                  false));
    } catch (DateTimeException | NumberFormatException _) {
      return Optional.empty(); // damaged
    }
  }

  /// Stores a time, truncated to seconds, and steps. Ignores a failure, because only the next start
  /// needs them.
  void write(Instant latest, List<ObservationGaps.Missing> steps) {
    Instant second = latest.truncatedTo(ChronoUnit.SECONDS);
    boolean sameSteps = steps.equals(writtenSteps);
    if (file == null || (second.equals(written) && sameSteps)) {
      return;
    }
    var text = new StringBuilder().append(second).append('\n');
    if (!sameSteps) {
      steps.stream()
          .skip(Math.max(0, steps.size() - MAX_STEPS))
          .forEach(
              step ->
                  text.append(Instant.ofEpochMilli(step.fromMillis()))
                      .append(' ')
                      .append(Instant.ofEpochMilli(step.toMillis()))
                      .append(' ')
                      .append(step.step().aheadMillis())
                      .append('\n'));
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        int _ = file.write(bytes, bytes.position());
      }
      if (!sameSteps) {
        var _ = file.truncate(bytes.position());
      }
      written = second;
      writtenSteps = steps;
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
