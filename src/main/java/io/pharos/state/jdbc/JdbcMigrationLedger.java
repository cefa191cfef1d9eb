package io.pharos.state.jdbc;

import io.pharos.migration.ledger.MigrationLedger;
import io.pharos.migration.ledger.MigrationRecord;
import io.pharos.migration.ledger.RecordedState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Stores which migrations of the services' own databases were run, in the table
/// `backend_migrations`.
record JdbcMigrationLedger(Jdbc jdbc) implements MigrationLedger {
  private static final String COLUMNS =
      "phase, checksum, safe_from, state, release_version, failure, recorded_at, service, env,"
          + " file_name";

  @Override
  public void put(MigrationRecord record) {
    // If the insert fails because another process inserted the row first, the row can be updated.
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
            values(record, record.state().text()))
        == 1;
  }

  private boolean insert(MigrationRecord record) {
    return jdbc.tryWrite(
        "save a migration",
        connection ->
            Jdbc.execute(connection, Jdbc.insert("backend_migrations", COLUMNS), values(record)));
  }

  private static Object[] values(MigrationRecord record, Object... further) {
    var values =
        new ArrayList<Object>(
            List.of(
                record.phase(),
                record.checksum(),
                record.safeFrom(),
                record.state().text(),
                record.release(),
                record.text(),
                record.at(),
                record.service(),
                record.env(),
                record.file()));
    values.addAll(List.of(further));
    return values.toArray();
  }

  @Override
  public List<MigrationRecord> of(String service, String env) {
    return jdbc.read(
        "read migrations",
        "select "
            + COLUMNS
            + " from backend_migrations where service = ? and env = ? order by file_name",
        JdbcMigrationLedger::record,
        service,
        env);
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
        Codec.instant(row, 7));
  }
}
