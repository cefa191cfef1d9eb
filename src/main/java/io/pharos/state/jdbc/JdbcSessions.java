package io.pharos.state.jdbc;

import io.pharos.access.SessionStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Stores sessions in the table `sessions`.
record JdbcSessions(Jdbc jdbc) implements SessionStore {
  private static final String COLUMNS = "id, kind, holder, name, proof, begun_at, ends_at";
  private static final String SELECT = "select " + COLUMNS + " from sessions ";
  private static final String INSERT = Jdbc.insert("sessions", COLUMNS);

  @Override
  public Optional<Session> find(String id) {
    return jdbc.read("read a session", SELECT + "where id = ?", JdbcSessions::session, id).stream()
        .findFirst();
  }

  @Override
  public boolean add(Session session, int maxPerHolder, int maxInAll) {
    var added = new AtomicBoolean();
    jdbc.write(
        "save a session",
        connection -> {
          Jdbc.execute(connection, "delete from sessions where ends_at <= ?", session.begunAt());
          List<String> own =
              Jdbc.query(
                  connection,
                  "select id from sessions where kind = ? and holder = ? order by begun_at, id",
                  row -> row.getString(1),
                  session.kind(),
                  session.holder());
          int all =
              Jdbc.query(connection, "select count(*) from sessions", row -> row.getInt(1))
                  .getFirst();
          boolean isFull = own.size() >= maxPerHolder || all >= maxInAll;
          added.set(!isFull || !own.isEmpty());
          if (isFull && !own.isEmpty()) {
            Jdbc.execute(connection, "delete from sessions where id = ?", own.getFirst());
          }
          if (added.get()) {
            Jdbc.execute(connection, INSERT, Jdbc.values(session));
          }
        });
    return added.get();
  }

  @Override
  public void delete(List<String> ids) {
    if (!jdbc.isNotCreated()) {
      jdbc.write(
          "end sessions",
          connection ->
              Jdbc.<String>batch(
                  connection, "delete from sessions where id = ?", ids, id -> Jdbc.row(id)));
    }
  }

  @Override
  public List<Session> open(Instant now) {
    return jdbc.read(
        "read sessions",
        SELECT + "where ends_at > ? order by begun_at, id",
        JdbcSessions::session,
        now);
  }

  private static Session session(ResultSet row) throws SQLException {
    return new Session(
        row.getString(1),
        Kind.valueOf(row.getString(2)),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        Codec.instant(row, 6),
        Codec.instant(row, 7));
  }
}
