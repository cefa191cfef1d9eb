package io.pharos.state.jdbc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.bytes.Micros;
import io.pharos.release.deploy.Announcement;
import io.pharos.release.deploy.Deployment;
import io.pharos.release.deploy.DeploymentStatus;
import io.pharos.release.deploy.Deployments;
import io.pharos.release.deploy.Intent;
import io.pharos.release.deploy.Strategy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Deployments in the table `deployments`.
final class JdbcDeployments implements Deployments {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SELECT =
      "select announcement, started_at, status, finished_at from deployments ";

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
          statement.setString(5, encode(deployment.announcement()));
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
    return jdbc.read("read deployments", sql, binder, JdbcDeployments::deployment);
  }

  private static Deployment deployment(ResultSet row) throws SQLException {
    return new Deployment(
        decode(row.getString(1)),
        Micros.instant(row.getLong(2)),
        DeploymentStatus.parse(row.getString(3)),
        Codec.instant(row, 4));
  }

  private static String encode(Announcement announcement) {
    ObjectNode node = JSON.createObjectNode();
    node.put("key", announcement.key());
    node.put("service", announcement.service());
    node.put("env", announcement.env());
    node.put("version", announcement.version());
    node.put("sha", announcement.sha());
    node.put("strategy", announcement.strategy().text());
    node.put("color", announcement.color());
    node.put("candidate", announcement.candidate());
    node.put("baseline", announcement.baseline());
    node.put("digest", announcement.digest());
    node.put("intent", announcement.intent().text());
    ObjectNode links = node.putObject("links");
    announcement.links().forEach(links::put);
    Instant startedAt = announcement.startedAt();
    if (startedAt != null) {
      node.put("started_at", startedAt.toString());
    }
    return node.toString();
  }

  private static Announcement decode(String json) {
    JsonNode node;
    try {
      node = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the table deployments holds no JSON: " + json, e);
    }
    var links = new LinkedHashMap<String, String>();
    node.path("links")
        .properties()
        .forEach(link -> links.put(link.getKey(), link.getValue().asText()));
    @Nullable Instant startedAt =
        node.has("started_at") ? Instant.parse(node.get("started_at").asText()) : null;
    return new Announcement(
        node.path("key").asText(),
        node.path("service").asText(),
        node.path("env").asText(),
        node.path("version").asText(),
        node.path("sha").asText(),
        Strategy.parse(node.path("strategy").asText()),
        node.path("color").asText(),
        node.path("candidate").asText(),
        node.path("baseline").asText(),
        node.path("digest").asText(),
        Intent.parse(node.path("intent").asText(Intent.CHANGE.text())), // older rows have none
        links,
        startedAt);
  }
}
