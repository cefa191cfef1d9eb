package io.pharos.state.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// Counters by which replicas notice each other's changes. The numbers are in the order of the
/// commits, since a counter's row is locked until its transaction ends.
///
/// @param writer this process; empty for one that has the database for itself and counts nothing
record Versions(String writer) {
  static final String ALERTS = "alerts_version";
  static final String SILENCES = "silences_version";

  boolean isShared() {
    return !writer.isEmpty();
  }

  /// The number of a change that is made in this transaction.
  long next(Connection connection, String counter) throws SQLException {
    if (!isShared()) {
      return 0;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into notifier_state (name, number_value) values (?, 1) on conflict (name)"
                + " do update set number_value = notifier_state.number_value + 1"
                + " returning number_value")) {
      statement.setString(1, counter);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// The number of the last change; 0 where nothing is counted.
  long current(Jdbc jdbc, String counter) {
    if (!isShared()) {
      return 0;
    }
    List<Long> found =
        jdbc.read(
            "read the version",
            "select number_value from notifier_state where name = ?",
            statement -> statement.setString(1, counter),
            row -> row.getLong(1));
    return found.isEmpty() ? 0 : found.getFirst();
  }
}
