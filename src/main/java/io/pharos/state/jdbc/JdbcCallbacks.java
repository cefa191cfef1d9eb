package io.pharos.state.jdbc;

import io.pharos.callback.Callback;
import io.pharos.callback.Callbacks;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Stores callbacks in the table `callbacks`, their deliveries in `callback_ledger`, and
/// unprocessed changes of releases in `release_changes`.
record JdbcCallbacks(Jdbc jdbc) implements Callbacks {
  private static final String COLUMNS =
      "id, target, kind, subject, request, service, env, deployment_key, revision, word, gate_id,"
          + " path, body, status, attempts, decided_at, next_at, claimed_until, remote_id, told,"
          + " told_at, answer";

  /// Index of the column `kind`.
  private static final int KIND = 2;

  private static final String SELECT = "select " + COLUMNS + " from callbacks ";
  private static final String INSERT = Jdbc.insert("callbacks", COLUMNS);
  private static final String LEDGER_COLUMNS =
      "callback_id, revision, word, status, attempts, decided_at, ended_at, answer";

  @Override
  public List<Change> changes(int limit) {
    return jdbc.poll(
        "read changes of releases",
        "select number, deployment_key from release_changes order by number limit ?",
        row -> new Change(row.getLong(1), row.getString(2)),
        limit);
  }

  @Override
  public boolean plan(List<Callback> callbacks, List<Change> changes) {
    return jdbc.tryWrite(
        "save callbacks",
        connection -> {
          for (Callback callback : callbacks) {
            if (callback.revision() > 1 || !insertIfNew(connection, callback)) {
              replace(connection, callback);
            }
          }
          Jdbc.<Change>batch(
              connection,
              "delete from release_changes where number = ?",
              changes,
              change -> Jdbc.row(change.number()));
        });
  }

  /* Inserts a callback unless it exists. The callback of a protection rule exists before its first
   * message. */
  private static boolean insertIfNew(Connection connection, Callback callback) throws SQLException {
    boolean isNew =
        Jdbc.query(connection, "select 1 from callbacks where id = ?", _ -> true, callback.id())
            .isEmpty();
    if (isNew) {
      Jdbc.execute(connection, INSERT, values(callback));
    }
    return isNew;
  }

  private static @Nullable Object[] values(Callback callback) {
    @Nullable Object[] values = Jdbc.values(callback);
    values[KIND] = callback.kind().text();
    return values;
  }

  /* Replaces the message of a callback. Columns that a running attempt needs are not changed: the
   * claim, and the id that the target assigned. */
  private static void replace(Connection connection, Callback callback) throws SQLException {
    Jdbc.executeOne(
        connection,
        "update callbacks set revision = ?, word = ?, gate_id = ?, path = ?, body = ?, status = ?,"
            + " attempts = 0, decided_at = ?, next_at = ? where id = ? and revision = ?",
        callback.revision(),
        callback.message().word(),
        callback.message().gateId(),
        callback.message().path(),
        callback.message().body(),
        callback.status(),
        callback.decidedAt(),
        callback.nextAt(),
        callback.id(),
        callback.revision() - 1);
  }

  @Override
  public Optional<Callback> find(String id) {
    return read("where id = ?", id).stream().findFirst();
  }

  @Override
  public boolean add(Callback callback) {
    return jdbc.tryWrite(
        "save a callback", connection -> Jdbc.execute(connection, INSERT, values(callback)));
  }

  @Override
  public void relate(Callback callback) {
    int _ =
        jdbc.update(
            "save a callback",
            "update callbacks set deployment_key = ? where id = ?",
            callback.deploymentKey(),
            callback.id());
  }

  @Override
  public List<Callback> ofDeployment(String deploymentKey) {
    return read("where deployment_key = ? order by id", deploymentKey);
  }

  @Override
  public List<Callback> waiting(int limit) {
    return jdbc.poll(
        "read callbacks",
        SELECT
            + "where status = 'WAITING' and kind = 'github_protection'"
            + " order by decided_at, id limit ?",
        JdbcCallbacks::callback,
        limit);
  }

  @Override
  public List<Callback> due(Instant now, Set<String> except, int limit) {
    if (jdbc.poll(
            "look for pending callbacks",
            "select id from callbacks where status = 'PENDING' limit 1",
            row -> row.getString(1))
        .isEmpty()) {
      return List.of();
    }
    String without =
        except.isEmpty() ? "" : " and target not in (" + Jdbc.placeholders(except.size()) + ")";
    var values = new ArrayList<Object>(List.of(now, now));
    values.addAll(except);
    values.add(limit);
    return read(
        "where status = 'PENDING' and next_at <= ? and claimed_until <= ?"
            + without
            + " order by next_at, id limit ?",
        values.toArray());
  }

  @Override
  public Optional<Callback> claim(Callback callback, Instant now, Instant until) {
    int claimed =
        jdbc.update(
            "claim a callback",
            "update callbacks set claimed_until = ?, attempts = attempts + 1 where id = ? and"
                + " revision = ? and status = 'PENDING' and claimed_until <= ?",
            until,
            callback.id(),
            callback.revision(),
            now);
    return claimed == 1 ? find(callback.id()) : Optional.empty();
  }

  @Override
  public void finish(Callback attempted, Outcome outcome, Instant at) {
    jdbc.write(
        "save the result of a callback",
        connection -> {
          switch (outcome) {
            case Outcome.Told told -> {
              saveTold(connection, attempted, told, at);
              append(connection, attempted, Callback.Status.TOLD, told.answer(), at);
            }
            case Outcome.Later(String answer, String remoteId, Instant nextAt) -> {
              saveEnd(connection, attempted, Callback.Status.PENDING, answer, nextAt);
              saveRemoteId(connection, attempted, remoteId);
            }
            case Outcome.Failed(String answer) -> {
              saveEnd(connection, attempted, Callback.Status.FAILED, answer, at);
              append(connection, attempted, Callback.Status.FAILED, answer, at);
            }
            case Outcome.Dropped(String answer) -> {
              saveEnd(connection, attempted, Callback.Status.DROPPED, answer, at);
              append(connection, attempted, Callback.Status.DROPPED, answer, at);
            }
            case Outcome.Untrue(String answer) ->
                saveEnd(connection, attempted, Callback.Status.WAITING, answer, at);
          }
          Jdbc.execute(
              connection, "update callbacks set claimed_until = 0 where id = ?", attempted.id());
        });
  }

  private static void saveTold(
      Connection connection, Callback attempted, Outcome.Told outcome, Instant at)
      throws SQLException {
    saveEnd(connection, attempted, outcome.after(), outcome.answer(), at);
    Jdbc.execute(
        connection,
        "update callbacks set told = ?, told_at = ? where id = ?",
        attempted.message().word(),
        at,
        attempted.id());
    saveRemoteId(connection, attempted, outcome.remoteId());
  }

  /* Stores the end of an attempt, unless a newer revision was decided meanwhile, which must
   * still be delivered. */
  private static void saveEnd(
      Connection connection,
      Callback attempted,
      Callback.Status status,
      String answer,
      Instant nextAt)
      throws SQLException {
    Jdbc.execute(
        connection,
        "update callbacks set status = ?, answer = ?, next_at = ? where id = ? and revision = ?",
        status,
        withoutNul(answer),
        nextAt,
        attempted.id(),
        attempted.revision());
  }

  /* PostgreSQL's text type does not accept NUL. */
  private static String withoutNul(String text) {
    return text.replace('\0', '?');
  }

  private static void saveRemoteId(Connection connection, Callback attempted, String remoteId)
      throws SQLException {
    Jdbc.execute(
        connection, "update callbacks set remote_id = ? where id = ?", remoteId, attempted.id());
  }

  private static void append(
      Connection connection, Callback attempted, Callback.Status status, String answer, Instant at)
      throws SQLException {
    Jdbc.execute(
        connection,
        Jdbc.insert("callback_ledger", LEDGER_COLUMNS),
        attempted.id(),
        attempted.revision(),
        attempted.message().word(),
        status,
        attempted.attempts(),
        attempted.decidedAt(),
        at,
        withoutNul(answer));
  }

  @Override
  public void releaseAll() {
    if (!jdbc.isNotCreated()) {
      int _ =
          jdbc.update(
              "release callbacks",
              "update callbacks set claimed_until = 0 where claimed_until > 0");
    }
  }

  @Override
  public List<Callback> newest(Callback.@Nullable Status status, int limit) {
    String order = "order by decided_at desc, id limit ?";
    return status == null ? read(order, limit) : read("where status = ? " + order, status, limit);
  }

  @Override
  public List<Entry> ledger(String id) {
    return jdbc.read(
        "read the ledger of a callback",
        "select " + LEDGER_COLUMNS + " from callback_ledger where callback_id = ? order by number",
        row ->
            new Entry(
                row.getString(1),
                row.getInt(2),
                row.getString(3),
                Callback.Status.valueOf(row.getString(4)),
                row.getInt(5),
                Codec.instant(row, 6),
                Codec.instant(row, 7),
                row.getString(8)),
        id);
  }

  @Override
  public List<Count> open() {
    return jdbc.read(
        "count callbacks",
        "select target, kind, status, count(*), min(decided_at) from callbacks where status in"
            + " ('WAITING', 'PENDING', 'FAILED') group by target, kind, status",
        row ->
            new Count(
                row.getString(1),
                Callback.Kind.parse(row.getString(2)),
                Callback.Status.valueOf(row.getString(3)),
                row.getInt(4),
                Codec.instant(row, 5)));
  }

  private List<Callback> read(String where, @Nullable Object... values) {
    return jdbc.read("read callbacks", SELECT + where, JdbcCallbacks::callback, values);
  }

  private static Callback callback(ResultSet row) throws SQLException {
    return new Callback(
        row.getString(1),
        row.getString(2),
        Callback.Kind.parse(row.getString(3)),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8),
        row.getInt(9),
        new Callback.Message(
            row.getString(10), row.getString(11), row.getString(12), row.getString(13)),
        Callback.Status.valueOf(row.getString(14)),
        row.getInt(15),
        Codec.instant(row, 16),
        Codec.instant(row, 17),
        Codec.instant(row, 18),
        row.getString(19),
        row.getString(20),
        Codec.instantOrNull(row, 21),
        row.getString(22));
  }
}
