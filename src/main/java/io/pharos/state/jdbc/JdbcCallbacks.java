package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.callback.Callback;
import io.pharos.callback.CallbackKind;
import io.pharos.callback.CallbackStatus;
import io.pharos.callback.Callbacks;
import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Callbacks in the table `callbacks`, what they told in `callback_ledger`, and the changes that
/// were not looked at in `release_changes`.
final class JdbcCallbacks implements Callbacks {
  private static final String COLUMNS =
      "id, target, kind, subject, request, service, env, deployment_key, revision, word, gate_id,"
          + " path, body, status, attempts, decided_at, next_at, claimed_until, remote_id, told,"
          + " told_at, answer";
  private static final String SELECT = "select " + COLUMNS + " from callbacks ";

  private static final String INSERT =
      "insert into callbacks ("
          + COLUMNS
          + ") values ("
          + String.join(", ", Collections.nCopies(22, "?"))
          + ")";

  private final Jdbc jdbc;

  JdbcCallbacks(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  /// Thrown within a transaction to give it up when someone else was faster.
  private static final class Overtaken extends RuntimeException {}

  @Override
  public List<Change> changes(int limit) {
    return jdbc.read(
        "read changes of releases",
        "select number, deployment_key from release_changes order by number limit ?",
        statement -> statement.setInt(1, limit),
        row -> new Change(row.getLong(1), row.getString(2)));
  }

  @Override
  public boolean plan(List<Callback> callbacks, List<Change> changes) {
    try {
      jdbc.write(
          "save callbacks",
          connection -> {
            for (Callback callback : callbacks) {
              if (callback.revision() > 1 || !insertIfNew(connection, callback)) {
                replace(connection, callback);
              }
            }
            Jdbc.batch(
                connection,
                "delete from release_changes where number = ?",
                changes,
                (statement, change) -> statement.setLong(1, change.number()));
          });
      return true;
    } catch (Overtaken _) {
      return false; // nothing was written
    } catch (StoreUnavailableException e) {
      if (Jdbc.isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  /* The first message of a protection rule finds its row there. */
  private static boolean insertIfNew(Connection connection, Callback callback) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select 1 from callbacks where id = ?")) {
      statement.setString(1, callback.id());
      try (ResultSet row = statement.executeQuery()) {
        if (row.next()) {
          return false;
        }
      }
    }
    insert(connection, callback);
    return true;
  }

  private static void insert(Connection connection, Callback callback) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      bind(statement, callback);
      statement.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, Callback callback) throws SQLException {
    statement.setString(1, callback.id());
    statement.setString(2, callback.target());
    statement.setString(3, callback.kind().text());
    statement.setString(4, callback.subject());
    statement.setString(5, callback.request());
    statement.setString(6, callback.service());
    statement.setString(7, callback.env());
    statement.setString(8, callback.deploymentKey());
    statement.setInt(9, callback.revision());
    statement.setString(10, callback.message().word());
    statement.setString(11, callback.message().gateId());
    statement.setString(12, callback.message().path());
    statement.setString(13, callback.message().body());
    statement.setString(14, callback.status().name());
    statement.setInt(15, callback.attempts());
    statement.setLong(16, Micros.of(callback.decidedAt()));
    statement.setLong(17, Micros.of(callback.nextAt()));
    statement.setLong(18, Micros.of(callback.claimedUntil()));
    statement.setString(19, callback.remoteId());
    statement.setString(20, callback.told());
    Codec.setInstant(statement, 21, callback.toldAt());
    statement.setString(22, callback.answer());
  }

  /* Who makes an attempt meanwhile keeps it, and notes what the target calls it. */
  private static void replace(Connection connection, Callback callback) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update callbacks set revision = ?, word = ?, gate_id = ?, path = ?, body = ?, status ="
                + " ?, attempts = 0, decided_at = ?, next_at = ? where id = ? and revision = ?")) {
      statement.setInt(1, callback.revision());
      statement.setString(2, callback.message().word());
      statement.setString(3, callback.message().gateId());
      statement.setString(4, callback.message().path());
      statement.setString(5, callback.message().body());
      statement.setString(6, callback.status().name());
      statement.setLong(7, Micros.of(callback.decidedAt()));
      statement.setLong(8, Micros.of(callback.nextAt()));
      statement.setString(9, callback.id());
      statement.setInt(10, callback.revision() - 1);
      if (statement.executeUpdate() != 1) {
        throw new Overtaken();
      }
    }
  }

  @Override
  public Optional<Callback> find(String id) {
    return read(SELECT + "where id = ?", statement -> statement.setString(1, id)).stream()
        .findFirst();
  }

  @Override
  public boolean add(Callback callback) {
    return jdbc.insert("save a callback", INSERT, statement -> bind(statement, callback));
  }

  @Override
  public void relate(Callback callback) {
    int _ =
        jdbc.update(
            "save a callback",
            "update callbacks set deployment_key = ? where id = ?",
            statement -> {
              statement.setString(1, callback.deploymentKey());
              statement.setString(2, callback.id());
            });
  }

  @Override
  public List<Callback> ofDeployment(String deploymentKey) {
    return read(
        SELECT + "where deployment_key = ? order by id",
        statement -> statement.setString(1, deploymentKey));
  }

  @Override
  public List<Callback> waiting(int limit) {
    return read(
        SELECT
            + "where status = 'WAITING' and kind = 'github_protection' order by decided_at, id limit ?",
        statement -> statement.setInt(1, limit));
  }

  @Override
  public List<Callback> due(Instant now, Set<String> except, int limit) {
    List<String> others = List.copyOf(except);
    String without =
        others.isEmpty()
            ? ""
            : " and target not in ("
                + String.join(", ", Collections.nCopies(others.size(), "?"))
                + ")";
    return read(
        SELECT
            + "where status = 'PENDING' and next_at <= ? and claimed_until <= ?"
            + without
            + " order by next_at, id limit ?",
        statement -> {
          statement.setLong(1, Micros.of(now));
          statement.setLong(2, Micros.of(now));
          for (int i = 0; i < others.size(); i++) {
            statement.setString(3 + i, others.get(i));
          }
          statement.setInt(3 + others.size(), limit);
        });
  }

  @Override
  public Optional<Callback> claim(Callback callback, Instant now, Instant until) {
    int taken =
        jdbc.update(
            "take a callback",
            "update callbacks set claimed_until = ?, attempts = attempts + 1 where id = ? and"
                + " revision = ? and status = 'PENDING' and claimed_until <= ?",
            statement -> {
              statement.setLong(1, Micros.of(until));
              statement.setString(2, callback.id());
              statement.setInt(3, callback.revision());
              statement.setLong(4, Micros.of(now));
            });
    return taken == 1 ? find(callback.id()) : Optional.empty();
  }

  @Override
  public void finish(Callback attempted, Outcome outcome, Instant at) {
    jdbc.write(
        "save what became of a callback",
        connection -> {
          switch (outcome) {
            case Outcome.Told told -> {
              told(connection, attempted, told, at);
              append(connection, attempted, CallbackStatus.TOLD, told.answer(), at);
            }
            case Outcome.Later(String answer, String remoteId, Instant nextAt) -> {
              end(connection, attempted, CallbackStatus.PENDING, answer, nextAt);
              remember(connection, attempted, remoteId);
            }
            case Outcome.Failed(String answer) -> {
              end(connection, attempted, CallbackStatus.FAILED, answer, at);
              append(connection, attempted, CallbackStatus.FAILED, answer, at);
            }
            case Outcome.Dropped(String answer) -> {
              end(connection, attempted, CallbackStatus.DROPPED, answer, at);
              append(connection, attempted, CallbackStatus.DROPPED, answer, at);
            }
            case Outcome.Untrue(String answer) ->
                end(connection, attempted, CallbackStatus.WAITING, answer, at);
          }
          release(connection, attempted);
        });
  }

  private static void told(
      Connection connection, Callback attempted, Outcome.Told outcome, Instant at)
      throws SQLException {
    end(connection, attempted, outcome.after(), outcome.answer(), at);
    try (PreparedStatement statement =
        connection.prepareStatement("update callbacks set told = ?, told_at = ? where id = ?")) {
      statement.setString(1, attempted.message().word());
      statement.setLong(2, Micros.of(at));
      statement.setString(3, attempted.id());
      statement.executeUpdate();
    }
    remember(connection, attempted, outcome.remoteId());
  }

  /* A message that was decided meanwhile stays to be told. */
  private static void end(
      Connection connection,
      Callback attempted,
      CallbackStatus status,
      String answer,
      Instant nextAt)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update callbacks set status = ?, answer = ?, next_at = ? where id = ? and revision ="
                + " ?")) {
      statement.setString(1, status.name());
      statement.setString(2, answer.replace('\0', '?')); // PostgreSQL's text has no NUL
      statement.setLong(3, Micros.of(nextAt));
      statement.setString(4, attempted.id());
      statement.setInt(5, attempted.revision());
      statement.executeUpdate();
    }
  }

  private static void remember(Connection connection, Callback attempted, String remoteId)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("update callbacks set remote_id = ? where id = ?")) {
      statement.setString(1, remoteId);
      statement.setString(2, attempted.id());
      statement.executeUpdate();
    }
  }

  private static void release(Connection connection, Callback attempted) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("update callbacks set claimed_until = 0 where id = ?")) {
      statement.setString(1, attempted.id());
      statement.executeUpdate();
    }
  }

  private static void append(
      Connection connection, Callback attempted, CallbackStatus status, String answer, Instant at)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into callback_ledger (callback_id, revision, word, status, attempts,"
                + " decided_at, ended_at, answer) values (?, ?, ?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, attempted.id());
      statement.setInt(2, attempted.revision());
      statement.setString(3, attempted.message().word());
      statement.setString(4, status.name());
      statement.setInt(5, attempted.attempts());
      statement.setLong(6, Micros.of(attempted.decidedAt()));
      statement.setLong(7, Micros.of(at));
      statement.setString(8, answer.replace('\0', '?'));
      statement.executeUpdate();
    }
  }

  @Override
  public void releaseAll() {
    int _ =
        jdbc.change(
            "let go of callbacks",
            "update callbacks set claimed_until = 0 where claimed_until > 0",
            _ -> {});
  }

  @Override
  public List<Callback> newest(@Nullable CallbackStatus status, int limit) {
    return read(
        SELECT
            + (status == null ? "" : "where status = ? ")
            + "order by decided_at desc, id limit ?",
        statement -> {
          if (status != null) {
            statement.setString(1, status.name());
          }
          statement.setInt(status == null ? 1 : 2, limit);
        });
  }

  @Override
  public List<Entry> ledger(String id) {
    return jdbc.read(
        "read what was told",
        "select callback_id, revision, word, status, attempts, decided_at, ended_at, answer from"
            + " callback_ledger where callback_id = ? order by number",
        statement -> statement.setString(1, id),
        row ->
            new Entry(
                row.getString(1),
                row.getInt(2),
                row.getString(3),
                CallbackStatus.valueOf(row.getString(4)),
                row.getInt(5),
                Micros.instant(row.getLong(6)),
                Micros.instant(row.getLong(7)),
                row.getString(8)));
  }

  @Override
  public List<Count> open() {
    return jdbc.read(
        "count callbacks",
        "select target, kind, status, count(*), min(decided_at) from callbacks where status in"
            + " ('WAITING', 'PENDING', 'FAILED') group by target, kind, status",
        _ -> {},
        row ->
            new Count(
                row.getString(1),
                CallbackKind.parse(row.getString(2)),
                CallbackStatus.valueOf(row.getString(3)),
                row.getInt(4),
                Micros.instant(row.getLong(5))));
  }

  private List<Callback> read(String sql, Jdbc.Binder binder) {
    return jdbc.read("read callbacks", sql, binder, JdbcCallbacks::callback);
  }

  private static Callback callback(ResultSet row) throws SQLException {
    return new Callback(
        row.getString(1),
        row.getString(2),
        CallbackKind.parse(row.getString(3)),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8),
        row.getInt(9),
        new Callback.Message(
            row.getString(10), row.getString(11), row.getString(12), row.getString(13)),
        CallbackStatus.valueOf(row.getString(14)),
        row.getInt(15),
        Micros.instant(row.getLong(16)),
        Micros.instant(row.getLong(17)),
        Micros.instant(row.getLong(18)),
        row.getString(19),
        row.getString(20),
        Codec.instant(row, 21),
        row.getString(22));
  }
}
