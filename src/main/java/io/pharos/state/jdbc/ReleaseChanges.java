package io.pharos.state.jdbc;

import io.pharos.gate.GateRun;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// Records, in the transaction of the change, that a release changed. Callbacks are derived from
/// these records, so none is lost if the process is killed.
final class ReleaseChanges {
  private ReleaseChanges() {}

  /// Records a change of a deployment or of one of its gates.
  static void note(Connection connection, String deploymentKey) throws SQLException {
    Jdbc.execute(
        connection, "insert into release_changes (deployment_key) values (?)", deploymentKey);
  }

  /// Records a change of a gate's effective verdict.
  static void noteGate(Connection connection, String gateId) throws SQLException {
    Jdbc.execute(
        connection,
        "insert into release_changes (deployment_key) select deployment_key from gates where id = ?",
        gateId);
  }

  /// Records a change of a gate that is about to be stored, but only if its state differs from the
  /// stored state: callbacks do not report other changes by an observation.
  static void noteIfStateChanged(Connection connection, GateRun after) throws SQLException {
    List<String> stored =
        Jdbc.query(
            connection,
            "select state from gates where id = ?",
            row -> row.getString(1),
            after.id());
    if (!stored.contains(after.state().name())) {
      note(connection, after.deploymentKey());
    }
  }
}
