package io.pharos.state.jdbc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The number of transactions of an embedded database. It is stored in the database and in a file
/// `pharos.writes` beside it (docs/format/notifier.md). H2 opens a truncated file as an older or
/// empty database without an error; comparing the two numbers reveals that.
final class WriteCount {
  private static final Logger LOG = LoggerFactory.getLogger(WriteCount.class);
  private static final String ROW = "database_writes";
  private static final int WIDTH = 20;

  /* Minimum size of a database with data: two headers and a chunk. H2 treats a shorter file as a
   * new database. */
  private static final long MIN_BYTES = 12 * 1024L;

  private final Path database;
  private final Path file;

  WriteCount(Path database) {
    this.database = database;
    this.file = database.resolveSibling("pharos.writes");
  }

  /// Returns the file that contains the count.
  Path file() {
    return file;
  }

  /// Returns a description of the damage if the database's file is missing or too short.
  Optional<String> missingFile() {
    long expected = readFile();
    try {
      if (expected > 0 && !Files.exists(database)) {
        return Optional.of(database + " is missing; it contained " + expected + " changes");
      }
      if (expected > 0 && Files.size(database) < MIN_BYTES) {
        return Optional.of(
            "%s was truncated to %d bytes; it contained %d changes"
                .formatted(database, Files.size(database), expected));
      }
      return Optional.empty();
    } catch (IOException _) { // opening the database reports the problem
      return Optional.empty();
    }
  }

  /// Returns a description of the damage if the count in the database is lower than in the file.
  /// Creates the count of a new database: two first transactions at once can't both do so.
  Optional<String> check(Connection connection) throws SQLException {
    long expected = readFile();
    Jdbc.execute(
        connection,
        "insert into notifier_state (name, number_value) select ?, 0 where not exists"
            + " (select 1 from notifier_state where name = ?)",
        ROW,
        ROW);
    long stored = read(connection);
    if (stored >= expected) {
      return Optional.empty();
    }
    writeFile(stored);
    return Optional.of(
        "%s lacks the last %d of %d changes: deployments and gates of that time are lost"
            .formatted(database, expected - stored, expected));
  }

  /// Increments the count in the database, as a part of this transaction.
  ///
  /// @return an action to run after the commit, which writes the count to the file
  Runnable next(Connection connection) throws SQLException {
    int _ =
        Jdbc.execute(
            connection,
            "update notifier_state set number_value = number_value + 1 where name = ?",
            ROW);
    long number = read(connection);
    return () -> writeFile(number);
  }

  private static long read(Connection connection) throws SQLException {
    return Jdbc.query(
            connection,
            "select number_value from notifier_state where name = ?",
            row -> row.getLong(1),
            ROW)
        .stream()
        .findFirst()
        .orElse(0L);
  }

  private long readFile() {
    try {
      return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    } catch (IOException | NumberFormatException e) {
      LOG.warn("{} can't be read: {}", file, e.toString());
      return 0;
    }
  }

  /// Sets the count in the file to 0, for a new database.
  void reset() {
    writeFile(0);
  }

  /* Overwrites the file with a fixed width, which needs no space on a full disk. If the write
   * fails, the number in the file stays too low, which causes no false alarm. */
  private synchronized void writeFile(long number) {
    String text = ("%-" + (WIDTH - 1) + "d\n").formatted(number);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int _ = channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      LOG.debug("{} can't be written: {}", file, e.toString());
    }
  }
}
