package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutCodec;
import io.pharos.rollout.RolloutEvent;
import io.pharos.rollout.RolloutSite;
import io.pharos.rollout.Rollouts;
import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rollouts in the table `rollouts`, their events in `rollout_events`, and where their services
/// stand in `rollout_sites`.
final class JdbcRollouts implements Rollouts {
  private static final String SELECT_SITE =
      "select s.service, s.env, s.version, s.state, r.state from rollout_sites s left join rollouts"
          + " r on r.id = s.rollout_id ";
  private static final String SELECT = "select state from rollouts ";

  private final Jdbc jdbc;

  JdbcRollouts(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public Optional<RolloutSite> site(String service, String env) {
    return sites(
            SELECT_SITE + "where s.service = ? and s.env = ?",
            statement -> {
              statement.setString(1, service);
              statement.setString(2, env);
            })
        .stream()
        .findFirst();
  }

  @Override
  public List<RolloutSite> underWay() {
    return sites(SELECT_SITE + "where s.under_way order by s.service, s.env", _ -> {});
  }

  private List<RolloutSite> sites(String sql, Jdbc.Binder binder) {
    return jdbc.read("read rollouts", sql, binder, JdbcRollouts::site);
  }

  private static RolloutSite site(ResultSet row) throws SQLException {
    String rollout = row.getString(5);
    return RolloutCodec.site(
        row.getString(1),
        row.getString(2),
        row.getLong(3),
        row.getString(4),
        rollout == null ? null : RolloutCodec.rollout(rollout));
  }

  @Override
  public Optional<Rollout> find(String id) {
    return read(SELECT + "where id = ?", statement -> statement.setString(1, id)).stream()
        .findFirst();
  }

  @Override
  public Optional<Rollout> ofDeployment(String deploymentKey) {
    return read(
            SELECT + "where deployment_key = ?", statement -> statement.setString(1, deploymentKey))
        .stream()
        .findFirst();
  }

  @Override
  public List<Rollout> newest(@Nullable String service, @Nullable String env, int limit) {
    var where = new ArrayList<String>();
    var values = new ArrayList<String>();
    if (service != null) {
      where.add("service = ?");
      values.add(service);
    }
    if (env != null) {
      where.add("env = ?");
      values.add(env);
    }
    return read(
        SELECT
            + (where.isEmpty() ? "" : "where " + String.join(" and ", where))
            + " order by started_at desc, id limit ?",
        statement -> {
          for (int i = 0; i < values.size(); i++) {
            statement.setString(i + 1, values.get(i));
          }
          statement.setInt(values.size() + 1, limit);
        });
  }

  private List<Rollout> read(String sql, Jdbc.Binder binder) {
    return jdbc.read("read rollouts", sql, binder, row -> RolloutCodec.rollout(row.getString(1)));
  }

  @Override
  public List<RolloutEvent> events(String id) {
    return jdbc.read(
        "read the events of a rollout",
        "select rollout_id, seq, happened_at, by_whom, what, phase, why from rollout_events where"
            + " rollout_id = ? order by seq",
        statement -> statement.setString(1, id),
        row ->
            new RolloutEvent(
                row.getString(1),
                row.getLong(2),
                Micros.instant(row.getLong(3)),
                row.getString(4),
                RolloutEvent.What.valueOf(row.getString(5)),
                row.getString(6),
                row.getString(7)));
  }

  /// Thrown within a transaction to give it up when someone else was faster.
  private static final class Overtaken extends RuntimeException {}

  @Override
  public Saved save(RolloutSite after) {
    try {
      jdbc.write(
          "save a rollout",
          connection -> {
            Rollout rollout = after.rollout();
            if (rollout != null && (!rollout.isEnded() || !rollout.newEvents().isEmpty())) {
              put(connection, rollout);
            }
            put(connection, after);
          });
      return Saved.SAVED;
    } catch (Overtaken _) {
      return Saved.OVERTAKEN; // nothing was written
    } catch (StoreUnavailableException e) {
      if (Jdbc.isDuplicate(e)) {
        return Saved.OVERTAKEN;
      }
      throw e;
    }
  }

  private static void put(Connection connection, Rollout rollout) throws SQLException {
    String state = RolloutCodec.encode(rollout);
    try (PreparedStatement statement =
        connection.prepareStatement("update rollouts set state = ? where id = ?")) {
      statement.setString(1, state);
      statement.setString(2, rollout.id());
      if (statement.executeUpdate() == 0) {
        insert(connection, rollout, state);
      }
    }
    Jdbc.batch(
        connection,
        "insert into rollout_events (rollout_id, seq, happened_at, by_whom, what, phase, why)"
            + " values (?, ?, ?, ?, ?, ?, ?)",
        rollout.newEvents(),
        (statement, event) -> {
          statement.setString(1, event.rollout());
          statement.setLong(2, event.seq());
          statement.setLong(3, Micros.of(event.at()));
          statement.setString(4, event.by());
          statement.setString(5, event.what().name());
          statement.setString(6, event.phase());
          statement.setString(7, event.why());
        });
  }

  private static void insert(Connection connection, Rollout rollout, String state)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into rollouts (id, deployment_key, service, env, started_at, state) values (?,"
                + " ?, ?, ?, ?, ?)")) {
      statement.setString(1, rollout.id());
      statement.setString(2, rollout.order().deployment());
      statement.setString(3, rollout.order().service());
      statement.setString(4, rollout.order().env());
      statement.setLong(5, Micros.of(rollout.order().startedAt()));
      statement.setString(6, state);
      statement.executeUpdate();
    }
  }

  private static void put(Connection connection, RolloutSite site) throws SQLException {
    Rollout rollout = site.rollout();
    boolean first = site.version() == 0;
    try (PreparedStatement statement =
        connection.prepareStatement(
            first
                ? "insert into rollout_sites (version, state, rollout_id, under_way, service, env)"
                    + " values (?, ?, ?, ?, ?, ?)"
                : "update rollout_sites set version = ?, state = ?, rollout_id = ?, under_way = ?"
                    + " where service = ? and env = ? and version = ?")) {
      statement.setLong(1, site.version() + 1);
      statement.setString(2, RolloutCodec.encode(site));
      statement.setString(3, rollout == null ? null : rollout.id());
      statement.setBoolean(4, rollout != null && !rollout.isEnded());
      statement.setString(5, site.service());
      statement.setString(6, site.env());
      if (!first) {
        statement.setLong(7, site.version());
      }
      if (statement.executeUpdate() != 1) {
        throw new Overtaken();
      }
    }
  }
}
