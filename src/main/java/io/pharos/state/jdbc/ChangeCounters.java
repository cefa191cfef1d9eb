package io.pharos.state.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// Counts changes of alerts, silences, acknowledgements and escalations, so that each replica knows
/// when to read the changes of others. The numbers are in the order of commits, because a
/// transaction that increments a counter locks its row until the commit.
///
/// @param writer this process; empty if it does not share the database, so that nothing is counted
record ChangeCounters(String writer) {
  static final String ALERTS = "alerts_version";
  static final String EPISODES = "episodes_version";
  static final String ESCALATIONS = "escalations_version";
  static final String SILENCES = "silences_version";

  boolean isShared() {
    return !writer.isEmpty();
  }

  /// Increments a counter in this transaction and returns the new number; 0 if nothing is counted.
  long increment(Connection connection, String counter) throws SQLException {
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

  /// Returns the number of the last change; 0 if nothing is counted.
  long current(Jdbc jdbc, String counter) {
    if (!isShared()) {
      return 0;
    }
    List<Long> found =
        jdbc.read(
            "read the number of the last change",
            "select number_value from notifier_state where name = ?",
            row -> row.getLong(1),
            counter);
    return found.isEmpty() ? 0 : found.getFirst();
  }
}
