package io.pharos.state.jdbc;

import io.pharos.model.Sha256;
import io.pharos.oncall.escalation.Escalation;
import io.pharos.oncall.escalation.EscalationStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Stores escalations in the table `escalations`.
record JdbcEscalations(Jdbc jdbc, ChangeCounters counters) implements EscalationStore {
  private static final String COLUMNS =
      "group_hash, group_key, policy, started_at, rung, since, waits_from, calls, fallback_at,"
          + " muted_at, version, stored_at";

  @Override
  public Set<String> save(List<Escalation> changed, Instant now) {
    var overtaken = new HashSet<String>();
    jdbc.write(
        "save escalations",
        connection -> {
          overtaken.clear();
          for (Escalation state : changed) {
            if (!write(connection, state, now)) {
              overtaken.add(state.groupKey());
            }
          }
          long _ = counters.increment(connection, ChangeCounters.ESCALATIONS);
        });
    return Set.copyOf(overtaken);
  }

  /* Returns false if another process was faster. */
  private static boolean write(Connection connection, Escalation state, Instant now)
      throws SQLException {
    String hash = Sha256.hex(state.groupKey());
    List<Long> stored =
        Jdbc.query(
            connection,
            "select version from escalations where group_hash = ? for update",
            row -> row.getLong(1),
            hash);
    long known = stored.isEmpty() ? 0 : stored.getFirst();
    if (known != state.version() && !stored.isEmpty()) {
      return false;
    }
    Jdbc.execute(connection, "delete from escalations where group_hash = ?", hash);
    Jdbc.execute(
        connection,
        Jdbc.insert("escalations", COLUMNS),
        hash,
        state.groupKey(),
        state.policy(),
        state.startedAt(),
        state.rung(),
        state.since(),
        state.waitsFrom(),
        Codec.calls(state.calls()),
        state.fallbackAt(),
        state.mutedAt(),
        state.version() + 1,
        now);
    return true;
  }

  @Override
  public void end(String groupKey, Instant startedAt) {
    jdbc.write(
        "end an escalation",
        connection -> {
          int _ =
              Jdbc.execute(
                  connection,
                  "delete from escalations where group_hash = ? and started_at <= ?",
                  Sha256.hex(groupKey),
                  startedAt);
          long _ = counters.increment(connection, ChangeCounters.ESCALATIONS);
        });
  }

  @Override
  public List<Escalation> all() {
    return jdbc.read(
        "read escalations", "select " + COLUMNS + " from escalations", JdbcEscalations::escalation);
  }

  @Override
  public void prune(Instant storedBefore) {
    int _ =
        jdbc.update(
            "delete old escalations", "delete from escalations where stored_at < ?", storedBefore);
  }

  @Override
  public long version() {
    return counters.current(jdbc, ChangeCounters.ESCALATIONS);
  }

  private static Escalation escalation(ResultSet row) throws SQLException {
    return new Escalation(
        row.getString(2),
        row.getString(3),
        Codec.instant(row, 4),
        row.getInt(5),
        Codec.instant(row, 6),
        Codec.instant(row, 7),
        Codec.calls(row.getString(8)),
        Codec.instantOrNull(row, 9),
        Codec.instantOrNull(row, 10),
        row.getLong(11));
  }
}
