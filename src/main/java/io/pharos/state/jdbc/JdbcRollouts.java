package io.pharos.state.jdbc;

import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutCodec;
import io.pharos.rollout.RolloutEvent;
import io.pharos.rollout.RolloutSite;
import io.pharos.rollout.Rollouts;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Stores rollouts in the table `rollouts`, their events in `rollout_events`, and the states of
/// their services in `rollout_sites`.
record JdbcRollouts(Jdbc jdbc) implements Rollouts {
  private static final String SELECT_SITE =
      "select s.service, s.env, s.version, s.state, r.state from rollout_sites s left join rollouts"
          + " r on r.id = s.rollout_id ";
  private static final String EVENT_COLUMNS =
      "rollout_id, seq, happened_at, by_whom, what, phase, why";

  @Override
  public Optional<RolloutSite> site(String service, String env) {
    return sites("where s.service = ? and s.env = ?", service, env).stream().findFirst();
  }

  @Override
  public List<RolloutSite> underWay() {
    return jdbc.poll(
        "read rollouts",
        SELECT_SITE + "where s.under_way order by s.service, s.env",
        JdbcRollouts::site);
  }

  private List<RolloutSite> sites(String where, Object... values) {
    return jdbc.read("read rollouts", SELECT_SITE + where, JdbcRollouts::site, values);
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
    return read("where id = ?", id).stream().findFirst();
  }

  @Override
  public Optional<Rollout> ofDeployment(String deploymentKey) {
    return read("where deployment_key = ?", deploymentKey).stream().findFirst();
  }

  @Override
  public List<Rollout> newest(@Nullable String service, @Nullable String env, int limit) {
    var conditions = new Jdbc.Conditions();
    conditions.add("service = ?", service);
    conditions.add("env = ?", env);
    return read(
        conditions.where() + " order by started_at desc, id limit ?", conditions.values(limit));
  }

  private List<Rollout> read(String where, Object... values) {
    return jdbc.read(
        "read rollouts",
        "select state from rollouts " + where,
        row -> RolloutCodec.rollout(row.getString(1)),
        values);
  }

  @Override
  public List<RolloutEvent> events(String id) {
    return jdbc.read(
        "read the events of a rollout",
        "select " + EVENT_COLUMNS + " from rollout_events where rollout_id = ? order by seq",
        row ->
            new RolloutEvent(
                row.getString(1),
                row.getLong(2),
                Codec.instant(row, 3),
                row.getString(4),
                RolloutEvent.What.valueOf(row.getString(5)),
                row.getString(6),
                row.getString(7)),
        id);
  }

  @Override
  public Saved save(RolloutSite after) {
    boolean saved =
        jdbc.tryWrite(
            "save a rollout",
            connection -> {
              Rollout rollout = after.rollout();
              if (rollout != null && (!rollout.isEnded() || !rollout.newEvents().isEmpty())) {
                put(connection, rollout);
              }
              put(connection, after);
            });
    return saved ? Saved.SAVED : Saved.OVERTAKEN;
  }

  private static void put(Connection connection, Rollout rollout) throws SQLException {
    String state = RolloutCodec.encode(rollout);
    int updated =
        Jdbc.execute(connection, "update rollouts set state = ? where id = ?", state, rollout.id());
    if (updated == 0) {
      Jdbc.execute(
          connection,
          Jdbc.insert("rollouts", "id, deployment_key, service, env, started_at, state"),
          rollout.id(),
          rollout.order().deployment(),
          rollout.order().service(),
          rollout.order().env(),
          rollout.order().startedAt(),
          state);
    }
    Jdbc.<RolloutEvent>batch(
        connection,
        Jdbc.insert("rollout_events", EVENT_COLUMNS),
        rollout.newEvents(),
        Jdbc::values);
  }

  private static void put(Connection connection, RolloutSite site) throws SQLException {
    Rollout rollout = site.rollout();
    @Nullable Object[] values =
        Jdbc.row(
            site.version() + 1,
            RolloutCodec.encode(site),
            rollout == null ? null : rollout.id(),
            rollout != null && !rollout.isEnded(),
            site.service(),
            site.env());
    if (site.version() == 0) {
      Jdbc.executeOne(
          connection,
          Jdbc.insert("rollout_sites", "version, state, rollout_id, under_way, service, env"),
          values);
    } else {
      Jdbc.executeOne(
          connection,
          "update rollout_sites set version = ?, state = ?, rollout_id = ?, under_way = ?"
              + " where service = ? and env = ? and version = "
              + site.version(),
          values);
    }
  }
}
