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

/// Reads rows of an SQLite database as JSON with the program sqlite3, which also reads the log of
/// recent writes beside the file.
final class SqliteRows {
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final int MAX_WORDS = 10_000;

  private SqliteRows() {}

  /// The rows of the first query that succeeds.
  ///
  /// @param maxBytes the largest answer
  /// @throws IOException when sqlite3 is missing or refuses all queries; the message has its error
  static String read(Path database, List<String> queries, int maxBytes) throws IOException {
    String error = "";
    for (String query : queries) {
      Path words = Files.createTempFile("pharos-sqlite", ".txt");
      try {
        Process process = start(database, query, words);
        String rows = output(process, maxBytes);
        if (process.exitValue() == 0) {
          return rows.isBlank() ? "[]" : rows;
        }
        error = Files.size(words) > MAX_WORDS ? "" : Files.readString(words).strip();
      } finally {
        Files.deleteIfExists(words);
      }
    }
    throw new IOException(database + " is unreadable to sqlite3: " + error);
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
              + " is a database, and the program sqlite3 can't be started ("
              + e.getMessage()
              + "); install it, or run elsewhere: sqlite3 -json kuma.db 'SELECT * FROM monitor'"
              + " >monitors.json",
          e);
    }
  }

  private static String output(Process process, int maxBytes) throws IOException {
    // Kills sqlite3 when it hangs, which ends its output.
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
