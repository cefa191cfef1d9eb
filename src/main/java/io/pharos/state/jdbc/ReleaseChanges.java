package io.pharos.state.jdbc;

import io.pharos.gate.GateRun;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// Writes down that a release changed, in the transaction that changes it: what is to be told of it
/// is made of that, so a kill between the two loses nothing.
final class ReleaseChanges {
  private ReleaseChanges() {}

  /// A deployment, or one of its gates, is another than before.
  static void note(Connection connection, String deploymentKey) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into release_changes (deployment_key) values (?)")) {
      statement.setString(1, deploymentKey);
      statement.executeUpdate();
    }
  }

  /// What counts of a gate is another than before.
  static void noteGate(Connection connection, String gateId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into release_changes (deployment_key) select deployment_key from gates where id"
                + " = ?")) {
      statement.setString(1, gateId);
      statement.executeUpdate();
    }
  }

  /// Notes a gate that is to be stored, if it stands otherwise than it is stored: most observations
  /// change nothing that others are told.
  static void noteIfMoved(Connection connection, GateRun after) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select state from gates where id = ?")) {
      statement.setString(1, after.id());
      try (ResultSet row = statement.executeQuery()) {
        if (row.next() && row.getString(1).equals(after.state().name())) {
          return;
        }
      }
    }
    note(connection, after.deploymentKey());
  }
}
