package io.pharos.state.jdbc;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.bytes.Micros;
import io.pharos.oncall.drill.Drill;
import io.pharos.oncall.drill.DrillStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Stores drills in the table `drills`, and their schedules in `drill_schedules`.
record JdbcDrills(Jdbc jdbc) implements DrillStore {
  private static final String SELECT =
      "select number, policy, started_at, ended_at, body, version from drills ";

  @Override
  public Optional<Drill> add(Drill drill) {
    String slot = drill.slot() == null ? null : drill.policy() + " " + Micros.of(drill.slot());
    boolean isStored =
        jdbc.tryWrite(
            "save a drill",
            connection ->
                Jdbc.execute(
                    connection,
                    Jdbc.insert(
                        "drills", "policy, open_policy, slot, started_at, ended_at, body, version"),
                    drill.policy(),
                    drill.isOpen() ? drill.policy() : null,
                    slot,
                    drill.startedAt(),
                    drill.endedAt(),
                    body(drill),
                    0L));
    return isStored
        ? read(
                "where policy = ? and started_at = ? order by number desc",
                drill.policy(),
                drill.startedAt())
            .stream()
            .findFirst()
        : Optional.empty();
  }

  @Override
  public boolean save(Drill drill) {
    return jdbc.update(
            "save a drill",
            "update drills set open_policy = ?, ended_at = ?, body = ?, version = version + 1"
                + " where number = ? and version = ?",
            drill.isOpen() ? drill.policy() : null,
            drill.endedAt(),
            body(drill),
            drill.number(),
            drill.version())
        > 0;
  }

  @Override
  public Optional<Drill> find(long number) {
    return read("where number = ?", number).stream().findFirst();
  }

  @Override
  public List<Drill> recent(Instant endedAfter) {
    return jdbc
        .poll(
            "read drills",
            SELECT + "where ended_at is null or ended_at > ? order by number",
            JdbcDrills::drill,
            endedAfter.truncatedTo(ChronoUnit.HOURS))
        .stream()
        .filter(drill -> drill.endedAt() == null || drill.endedAt().isAfter(endedAfter))
        .toList();
  }

  @Override
  public List<Drill> newest(String policy, int limit) {
    return policy.isEmpty()
        ? read("order by number desc limit ?", limit)
        : read("where policy = ? order by number desc limit ?", policy, limit);
  }

  @Override
  public Instant scheduledSince(String policy, String definition, Instant now) {
    record Stored(String definition, Instant since) {}
    List<Stored> found =
        jdbc.read(
            "read the schedule of drills",
            "select definition, since from drill_schedules where policy = ?",
            row -> new Stored(row.getString(1), Codec.instant(row, 2)),
            policy);
    if (!found.isEmpty() && found.getFirst().definition().equals(definition)) {
      return found.getFirst().since();
    }
    boolean isFirst =
        jdbc.tryWrite(
            "save the schedule of drills",
            connection -> {
              int _ =
                  Jdbc.execute(connection, "delete from drill_schedules where policy = ?", policy);
              Jdbc.execute(
                  connection,
                  Jdbc.insert("drill_schedules", "policy, definition, since"),
                  policy,
                  definition,
                  now);
            });
    return isFirst ? now : scheduledSince(policy, definition, now);
  }

  @Override
  public void prune(Instant endedBefore) {
    int _ = jdbc.update("delete old drills", "delete from drills where ended_at < ?", endedBefore);
  }

  private List<Drill> read(String condition, @Nullable Object... values) {
    return jdbc.read("read drills", SELECT + condition, JdbcDrills::drill, values);
  }

  private static String body(Drill drill) {
    ObjectNode body =
        JSON.createObjectNode()
            .put("by", drill.by())
            .put("comment", drill.comment())
            .put("wait", drill.patience().toMillis());
    putTime(body, "slot", drill.slot());
    ArrayNode levels = body.putArray("levels");
    for (Drill.Level level : drill.levels()) {
      ObjectNode node =
          levels.addObject().put("level", level.level()).put("important", level.isImportant());
      level.people().forEach(node.putArray("people")::add);
      level.rotations().forEach(node.putArray("rotations")::add);
      putTime(node, "toldAt", level.toldAt());
      ArrayNode calls = node.putArray("calls");
      level.calls().forEach(call -> put(calls.addObject(), call));
    }
    return body.toString();
  }

  private static void put(ObjectNode node, Drill.Call call) {
    node.put("person", call.person())
        .put("episode", call.episode())
        .put("muted", call.isMuted())
        .put("acknowledgedBy", call.acknowledgedBy());
    putTime(node, "acknowledgedAt", call.acknowledgedAt());
    ArrayNode ways = node.putArray("ways");
    for (Drill.Way way : call.ways()) {
      ways.addObject()
          .put("receiver", way.receiver())
          .put("channel", way.channel())
          .put("outcome", way.outcome().name())
          .put("at", Micros.of(way.at()));
    }
  }

  private static void putTime(ObjectNode node, String name, @Nullable Instant time) {
    if (time != null) {
      node.put(name, Micros.of(time));
    }
  }

  private static @Nullable Instant time(JsonNode node, String name) {
    return node.has(name) ? Micros.instant(node.path(name).asLong()) : null;
  }

  private static Drill drill(ResultSet row) throws SQLException {
    JsonNode body = Codec.parse(row.getString(5));
    var levels = new ArrayList<Drill.Level>();
    for (JsonNode level : body.path("levels")) {
      var calls = new ArrayList<Drill.Call>();
      level.path("calls").forEach(call -> calls.add(call(call)));
      levels.add(
          new Drill.Level(
              level.path("level").asInt(),
              texts(level.path("people")),
              texts(level.path("rotations")),
              level.path("important").asBoolean(),
              time(level, "toldAt"),
              calls));
    }
    return new Drill(
        row.getLong(1),
        row.getString(2),
        body.path("by").asText(),
        body.path("comment").asText(),
        Duration.ofMillis(body.path("wait").asLong()),
        Codec.instant(row, 3),
        time(body, "slot"),
        levels,
        Codec.instantOrNull(row, 4),
        row.getLong(6));
  }

  private static Drill.Call call(JsonNode call) {
    var ways = new ArrayList<Drill.Way>();
    for (JsonNode way : call.path("ways")) {
      ways.add(
          new Drill.Way(
              way.path("receiver").asText(),
              way.path("channel").asText(),
              Drill.Way.Outcome.valueOf(way.path("outcome").asText()),
              Micros.instant(way.path("at").asLong())));
    }
    return new Drill.Call(
        call.path("person").asText(),
        call.path("episode").asLong(),
        call.path("muted").asBoolean(),
        ways,
        time(call, "acknowledgedAt"),
        call.path("acknowledgedBy").asText());
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
