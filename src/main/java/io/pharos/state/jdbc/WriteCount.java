package io.pharos.state.jdbc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How many transactions an embedded database has, in it and in a file `pharos.writes` beside it
/// (docs/format/notifier.md). H2 opens a file that was cut short as it was some time ago, or empty,
/// without an error; the count shows it.
final class WriteCount {
  private static final Logger LOG = LoggerFactory.getLogger(WriteCount.class);
  private static final String ROW = "database_writes";
  private static final int WIDTH = 20;

  /* Two headers and a chunk: H2 takes what is shorter for a new database. */
  private static final long SMALLEST = 12 * 1024L;

  private final Path database;
  private final Path file;

  WriteCount(Path database) {
    this.database = database;
    this.file = database.resolveSibling("pharos.writes");
  }

  /// Where the count is kept.
  Path file() {
    return file;
  }

  /// Says so if there was a database and its file is gone or too short to be one.
  Optional<String> missingFile() {
    long known = known();
    try {
      if (known > 0 && !Files.exists(database)) {
        return Optional.of(database + " is gone; it had " + known + " changes");
      }
      if (known > 0 && Files.size(database) < SMALLEST) {
        return Optional.of(
            "%s was cut short to %d bytes; it had %d changes"
                .formatted(database, Files.size(database), known));
      }
      return Optional.empty();
    } catch (IOException _) { // whoever opens it will say
      return Optional.empty();
    }
  }

  /// Says so if the database has fewer transactions than it had.
  Optional<String> check(Connection connection) throws SQLException {
    long known = known();
    long there = read(connection);
    if (there >= known) {
      return Optional.empty();
    }
    keep(there);
    return Optional.of(
        "%s lacks the last %d of %d changes: deployments and gates of that time are lost"
            .formatted(database, known - there, known));
  }

  /// Counts one more within a transaction.
  ///
  /// @return to be run once it is committed
  Runnable next(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update notifier_state set number_value = number_value + 1 where name = ?")) {
      statement.setString(1, ROW);
      if (statement.executeUpdate() == 0) {
        try (PreparedStatement insert =
            connection.prepareStatement(
                "insert into notifier_state (name, number_value) values (?, 1)")) {
          insert.setString(1, ROW);
          int _ = insert.executeUpdate();
        }
      }
    }
    long number = read(connection);
    return () -> keep(number);
  }

  private static long read(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select number_value from notifier_state where name = ?")) {
      statement.setString(1, ROW);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  private long known() {
    try {
      return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    } catch (IOException | NumberFormatException e) {
      LOG.warn("{} can't be read: {}", file, e.toString());
      return 0;
    }
  }

  /// There is a new database.
  void reset() {
    keep(0);
  }

  /* In place and of one width, so that it needs no room on a full disk. If it can't be written the
   * number is too low, which raises no alarm. */
  private synchronized void keep(long number) {
    String text = ("%-" + (WIDTH - 1) + "d\n").formatted(number);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int _ = channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      LOG.debug("{} can't be written: {}", file, e.toString());
    }
  }
}
