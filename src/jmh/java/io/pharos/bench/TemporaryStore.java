package io.pharos.bench;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.stream.Stream;

/// A store with its log in a temporary folder and a settable clock.
public final class TemporaryStore implements AutoCloseable {
  private final Path folder;
  private final Tsdb tsdb;
  private volatile long now = ServiceSeries.BEGIN;

  public TemporaryStore() throws IOException {
    folder = Files.createTempDirectory("pharos-bench");
    tsdb =
        Tsdb.open(
            folder,
            TsdbOptions.defaults(),
            () -> Instant.ofEpochMilli(now),
            new SimpleMeterRegistry());
  }

  public Tsdb tsdb() {
    return tsdb;
  }

  /// Unix milliseconds.
  public long now() {
    return now;
  }

  public void now(long millis) {
    now = millis;
  }

  /// The folder of the log.
  public Path log() {
    return folder.resolve("wal");
  }

  /// Forces the log to disk and closes the store; its files stay.
  public void end() {
    tsdb.close();
  }

  @Override
  public void close() {
    tsdb.close();
    delete(folder);
  }

  /// Deletes a folder with its content.
  public static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
