package io.pharos.state.jdbc;

import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores deployments in the table `deployments`.
record JdbcDeployments(Jdbc jdbc) implements Deployments {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcDeployments.class);

  @Override
  public PutOutcome put(Deployment deployment) {
    Optional<Deployment> existing = find(deployment.key());
    if (existing.isEmpty() && insert(deployment)) {
      return new PutOutcome.Created(deployment);
    }
    Deployment stored =
        existing
            .or(() -> find(deployment.key()))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "deployment " + deployment.key() + " exists but can't be read"));
    return stored.announcement().equals(deployment.announcement())
        ? new PutOutcome.Unchanged(stored)
        : new PutOutcome.Conflict(stored);
  }

  /// Inserts a deployment; returns false if its key exists, because another process was faster.
  private boolean insert(Deployment deployment) {
    return jdbc.tryWrite(
        "save a deployment",
        connection -> {
          Jdbc.execute(
              connection,
              Jdbc.insert(
                  "deployments",
                  "deployment_key, service, env, version, announcement, started_at, status,"
                      + " finished_at"),
              deployment.key(),
              deployment.service(),
              deployment.env(),
              deployment.version(),
              deployment.announcement().toJson().toString(),
              deployment.startedAt(),
              deployment.status().text(),
              deployment.finishedAt());
          ReleaseChanges.note(connection, deployment.key());
        });
  }

  @Override
  public Optional<Deployment> find(String key) {
    return read("where deployment_key = ?", key).stream().findFirst();
  }

  @Override
  public Optional<Map<String, String>> stored(String key) {
    return jdbc
        .read(
            "read a deployment",
            "select deployment_key, service, env, version, announcement, started_at from"
                + " deployments where deployment_key = ?",
            row ->
                Map.of(
                    "deployment_key", row.getString(1),
                    "service", row.getString(2),
                    "env", row.getString(3),
                    "version", row.getString(4),
                    "announcement", row.getString(5),
                    "started_at", Codec.instant(row, 6).toString()),
            key)
        .stream()
        .findFirst();
  }

  @Override
  public FinishOutcome finish(String key, DeploymentStatus status, Instant at) {
    boolean changed =
        jdbc.tryWrite(
            "end a deployment",
            connection -> {
              Jdbc.executeOne(
                  connection,
                  "update deployments set status = ?, finished_at = ? where deployment_key = ? and"
                      + " status = ?",
                  status.text(),
                  at,
                  key,
                  DeploymentStatus.IN_PROGRESS.text());
              ReleaseChanges.note(connection, key);
            });
    Optional<Deployment> stored = find(key);
    if (stored.isEmpty()) {
      return new FinishOutcome.NotFound();
    }
    if (changed) {
      return new FinishOutcome.Finished(stored.get());
    }
    return stored.get().status() == status
        ? new FinishOutcome.Unchanged(stored.get())
        : new FinishOutcome.Conflict(stored.get());
  }

  @Override
  public List<Deployment> newest(String service, String env, int limit) {
    var conditions = new Jdbc.Conditions();
    conditions.add("service = ?", service);
    conditions.add("env = ?", env);
    return read(
        conditions.where() + " order by started_at desc, deployment_key limit ?",
        conditions.values(limit));
  }

  private List<Deployment> read(String where, @Nullable Object... values) {
    return jdbc
        .read(
            "read deployments",
            "select announcement, started_at, status, finished_at from deployments " + where,
            JdbcDeployments::deployment,
            values)
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /* Skips an invalid row, so that the other rows can still be read. */
  private static Optional<Deployment> deployment(ResultSet row) throws SQLException {
    try {
      return Optional.of(
          new Deployment(
              Announcement.parse(row.getString(1)),
              Codec.instant(row, 2),
              DeploymentStatus.parse(row.getString(3)),
              Codec.instantOrNull(row, 4)));
    } catch (IllegalArgumentException e) {
      LOG.error("a stored deployment can't be read and is ignored: {}", e.getMessage());
      return Optional.empty();
    }
  }
}
