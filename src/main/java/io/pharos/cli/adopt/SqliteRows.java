package io.pharos.cli.adopt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Rows of an SQLite database as JSON, by SQLite's own program: what was written lately stands in a
/// log beside the file, which it knows how to read.
final class SqliteRows {
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final int MAX_WORDS = 10_000;

  private SqliteRows() {}

  /// The rows that the first of these queries gives which can be made.
  ///
  /// @param maxBytes how large the answer may be
  /// @throws IOException when the program is not there, or takes none of the queries; the message
  ///   says what it said
  static String read(Path database, List<String> queries, int maxBytes) throws IOException {
    String said = "";
    for (String query : queries) {
      Path words = Files.createTempFile("pharos-sqlite", ".txt");
      try {
        Process process = start(database, query, words);
        String rows = output(process, maxBytes);
        if (process.exitValue() == 0) {
          return rows.isBlank() ? "[]" : rows;
        }
        said = Files.size(words) > MAX_WORDS ? "" : Files.readString(words).strip();
      } finally {
        Files.deleteIfExists(words);
      }
    }
    throw new IOException(database + " can't be read by sqlite3: " + said);
  }

  private static Process start(Path database, String query, Path words) throws IOException {
    try {
      return new ProcessBuilder(
              "sqlite3", "-readonly", "-json", database.toAbsolutePath().toString(), query)
          .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
          .redirectError(words.toFile())
          .start();
    } catch (IOException e) {
      throw new IOException(
          database
              + " is a database, which the program sqlite3 reads, and that can't be started ("
              + e.getMessage()
              + "); elsewhere: sqlite3 -json kuma.db 'SELECT * FROM monitor' >monitors.json",
          e);
    }
  }

  private static String output(Process process, int maxBytes) throws IOException {
    // What hangs is ended, and its output with it.
    CompletableFuture<Process> ended =
        process.onExit().orTimeout(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
    ended.exceptionally(_ -> process.destroyForcibly());
    try (InputStream in = process.getInputStream()) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new IOException("the rows have more than " + maxBytes + " bytes");
      }
      process.onExit().join();
      return new String(bytes, StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }
}
