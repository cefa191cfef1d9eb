package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.gate.deployment.AnnouncementJson;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deployments in the table `deployments`.
final class JdbcDeployments implements Deployments {
  private static final String SELECT =
      "select announcement, started_at, status, finished_at from deployments ";

  private static final Logger LOG = LoggerFactory.getLogger(JdbcDeployments.class);

  private final Jdbc jdbc;

  JdbcDeployments(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public PutOutcome put(Deployment deployment) {
    Optional<Deployment> known = find(deployment.key());
    if (known.isEmpty() && insert(deployment)) {
      return new PutOutcome.Created(deployment);
    }
    Deployment stored =
        known
            .or(() -> find(deployment.key()))
            .orElseThrow(
                () -> new IllegalStateException(deployment.key() + " is there and is not"));
    return stored.announcement().equals(deployment.announcement())
        ? new PutOutcome.Unchanged(stored)
        : new PutOutcome.Conflict(stored);
  }

  /// Whether the row is new; false if someone was faster.
  private boolean insert(Deployment deployment) {
    return jdbc.insert(
        "save a deployment",
        "insert into deployments (deployment_key, service, env, version, announcement, started_at,"
            + " status, finished_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        statement -> {
          statement.setString(1, deployment.key());
          statement.setString(2, deployment.service());
          statement.setString(3, deployment.env());
          statement.setString(4, deployment.version());
          statement.setString(5, AnnouncementJson.of(deployment.announcement()).toString());
          statement.setLong(6, Micros.of(deployment.startedAt()));
          statement.setString(7, deployment.status().text());
          Codec.setInstant(statement, 8, deployment.finishedAt());
        },
        connection -> ReleaseChanges.note(connection, deployment.key()));
  }

  @Override
  public Optional<Deployment> find(String key) {
    return read(SELECT + "where deployment_key = ?", statement -> statement.setString(1, key))
        .stream()
        .findFirst();
  }

  @Override
  public Optional<Map<String, String>> stored(String key) {
    return jdbc
        .read(
            "read a deployment",
            "select deployment_key, service, env, version, announcement, started_at from"
                + " deployments where deployment_key = ?",
            statement -> statement.setString(1, key),
            row ->
                Map.of(
                    "deployment_key", row.getString(1),
                    "service", row.getString(2),
                    "env", row.getString(3),
                    "version", row.getString(4),
                    "announcement", row.getString(5),
                    "started_at", Micros.instant(row.getLong(6)).toString()))
        .stream()
        .findFirst();
  }

  @Override
  public FinishOutcome finish(String key, DeploymentStatus status, Instant at) {
    int changed =
        jdbc.update(
            "end a deployment",
            "update deployments set status = ?, finished_at = ? where deployment_key = ? and status"
                + " = ?",
            statement -> {
              statement.setString(1, status.text());
              statement.setLong(2, Micros.of(at));
              statement.setString(3, key);
              statement.setString(4, DeploymentStatus.IN_PROGRESS.text());
            },
            connection -> ReleaseChanges.note(connection, key));
    Optional<Deployment> stored = find(key);
    if (stored.isEmpty()) {
      return new FinishOutcome.NotFound();
    }
    if (changed == 1) {
      return new FinishOutcome.Finished(stored.get());
    }
    return stored.get().status() == status
        ? new FinishOutcome.Unchanged(stored.get())
        : new FinishOutcome.Conflict(stored.get());
  }

  @Override
  public List<Deployment> newest(String service, String env, int limit) {
    List<String> wanted = Stream.of(service, env).filter(text -> !text.isEmpty()).toList();
    String where =
        (service.isEmpty() ? "" : " and service = ?") + (env.isEmpty() ? "" : " and env = ?");
    return read(
        SELECT + "where 1 = 1" + where + " order by started_at desc, deployment_key limit ?",
        statement -> {
          for (int i = 0; i < wanted.size(); i++) {
            statement.setString(i + 1, wanted.get(i));
          }
          statement.setInt(wanted.size() + 1, limit);
        });
  }

  private List<Deployment> read(String sql, Jdbc.Binder binder) {
    return jdbc.read("read deployments", sql, binder, JdbcDeployments::deployment).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /* A row that somebody wrote into is none, and hides no other. */
  private static Optional<Deployment> deployment(ResultSet row) throws SQLException {
    try {
      return Optional.of(
          new Deployment(
              AnnouncementJson.parse(row.getString(1)),
              Micros.instant(row.getLong(2)),
              DeploymentStatus.parse(row.getString(3)),
              Codec.instant(row, 4)));
    } catch (IllegalArgumentException e) {
      LOG.error("A stored deployment can't be read: {}", e.getMessage());
      return Optional.empty();
    }
  }
}
