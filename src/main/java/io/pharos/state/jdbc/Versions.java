package io.pharos.state.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// Counters that show replicas each other's changes. The numbers are in the order of commits, since
/// a counter's row is locked until its transaction ends.
///
/// @param writer this process; empty if it does not share the database, and counts nothing
record Versions(String writer) {
  static final String ALERTS = "alerts_version";
  static final String SILENCES = "silences_version";

  boolean isShared() {
    return !writer.isEmpty();
  }

  /// The number of a change made in this transaction.
  long next(Connection connection, String counter) throws SQLException {
    return isShared()
        ? Jdbc.query(
                connection,
                "insert into notifier_state (name, number_value) values (?, 1) on conflict (name)"
                    + " do update set number_value = notifier_state.number_value + 1"
                    + " returning number_value",
                row -> row.getLong(1),
                counter)
            .getFirst()
        : 0;
  }

  /// The number of the last change; 0 if nothing is counted.
  long current(Jdbc jdbc, String counter) {
    if (!isShared()) {
      return 0;
    }
    List<Long> found =
        jdbc.read(
            "read the version",
            "select number_value from notifier_state where name = ?",
            row -> row.getLong(1),
            counter);
    return found.isEmpty() ? 0 : found.getFirst();
  }
}
