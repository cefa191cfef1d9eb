package io.pharos.state.jdbc;

import io.pharos.access.AuditEntry;
import io.pharos.access.AuditStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// Stores the audit in the table `audit`.
record JdbcAudit(Jdbc jdbc) implements AuditStore {
  private static final String COLUMNS = "at, actor, means, address, action, subject, status";

  @Override
  public void add(AuditEntry entry) {
    int _ =
        jdbc.update(
            "save an audit entry",
            Jdbc.insert("audit", COLUMNS),
            entry.at(),
            entry.actor(),
            entry.means(),
            entry.address(),
            entry.action(),
            entry.subject(),
            entry.status());
  }

  @Override
  public List<AuditEntry> find(Search search) {
    var conditions = new Jdbc.Conditions();
    conditions.add("at >= ?", search.since().orElse(null));
    conditions.add("number < ?", search.before().orElse(null));
    conditions.add(
        "position(? in lower(actor || ' ' || address || ' ' || action || ' ' || subject)) > 0",
        search.text().toLowerCase(Locale.ROOT));
    return jdbc.read(
        "read the audit",
        "select number, %s from audit %s order by number desc limit ?"
            .formatted(COLUMNS, conditions.where()),
        JdbcAudit::entry,
        conditions.values(search.limit()));
  }

  @Override
  public void prune(Instant before, int newest) {
    jdbc.write(
        "delete old audit entries",
        connection -> {
          Jdbc.execute(connection, "delete from audit where at < ?", before);
          Jdbc.execute(
              connection,
              "delete from audit where number <= (select max(number) from audit) - ?",
              (long) newest);
        });
  }

  private static AuditEntry entry(ResultSet row) throws SQLException {
    return new AuditEntry(
        row.getLong(1),
        Codec.instant(row, 2),
        row.getString(3),
        AuditEntry.Means.valueOf(row.getString(4)),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getInt(8));
  }
}
