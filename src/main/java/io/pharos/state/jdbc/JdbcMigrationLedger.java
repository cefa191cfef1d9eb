package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.migration.ledger.MigrationLedger;
import io.pharos.migration.ledger.MigrationRecord;
import io.pharos.migration.ledger.RecordedState;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// Records of the backend's migrations in the table `backend_migrations`.
final class JdbcMigrationLedger implements MigrationLedger {
  private final Jdbc jdbc;

  JdbcMigrationLedger(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public void put(MigrationRecord record) {
    // Who inserts may find that another was faster, and then it is there to be updated.
    if (!update(record) && !insert(record)) {
      boolean _ = update(record);
    }
  }

  private boolean update(MigrationRecord record) {
    return jdbc.update(
            "save a migration",
            "update backend_migrations set phase = ?, checksum = ?, safe_from = ?, state = ?,"
                + " release_version = ?, failure = ?, recorded_at = ?"
                + " where service = ? and env = ? and file_name = ? and (state <> 'applied' or ? ="
                + " 'applied')",
            statement -> {
              bind(statement, record);
              statement.setString(11, record.state().text());
            })
        == 1;
  }

  private boolean insert(MigrationRecord record) {
    return jdbc.insert(
        "save a migration",
        "insert into backend_migrations (phase, checksum, safe_from, state, release_version,"
            + " failure, recorded_at, service, env, file_name)"
            + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        statement -> bind(statement, record));
  }

  private static void bind(PreparedStatement statement, MigrationRecord record)
      throws SQLException {
    statement.setString(1, record.phase());
    statement.setInt(2, record.checksum());
    statement.setString(3, record.safeFrom());
    statement.setString(4, record.state().text());
    statement.setString(5, record.release());
    statement.setString(6, record.text());
    statement.setLong(7, Micros.of(record.at()));
    statement.setString(8, record.service());
    statement.setString(9, record.env());
    statement.setString(10, record.file());
  }

  @Override
  public List<MigrationRecord> of(String service, String env) {
    return jdbc.read(
        "read migrations",
        "select phase, checksum, safe_from, state, release_version, failure, recorded_at, service,"
            + " env, file_name from backend_migrations where service = ? and env = ?"
            + " order by file_name",
        statement -> {
          statement.setString(1, service);
          statement.setString(2, env);
        },
        JdbcMigrationLedger::record);
  }

  private static MigrationRecord record(ResultSet row) throws SQLException {
    return new MigrationRecord(
        row.getString(8),
        row.getString(9),
        row.getString(10),
        row.getString(1),
        row.getInt(2),
        row.getString(3),
        RecordedState.parse(row.getString(4)),
        row.getString(5),
        row.getString(6),
        Micros.instant(row.getLong(7)));
  }
}
