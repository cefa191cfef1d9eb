package io.pharos.state.jdbc;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Micros;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.oncall.escalation.Escalation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// Converts between values and the forms in which tables store them.
final class Codec {
  private static final int MIN_DEFLATED_BYTES = 64 * 1024;
  private static final byte PLAIN = 0;
  private static final byte DEFLATED = 1;

  private Codec() {}

  /// Returns the instant in a column of microseconds.
  static Instant instant(ResultSet row, int column) throws SQLException {
    return Micros.instant(row.getLong(column));
  }

  /// Returns the instant in a column of microseconds; null if the column is null.
  static @Nullable Instant instantOrNull(ResultSet row, int column) throws SQLException {
    long micros = row.getLong(column);
    return row.wasNull() ? null : Micros.instant(micros);
  }

  static String labels(Labels labels) {
    return texts(labels.toMap());
  }

  static Labels labels(String json) {
    return labels(parse(json));
  }

  private static Labels labels(JsonNode node) {
    return Labels.of(texts(node));
  }

  static String texts(Map<String, String> texts) {
    ObjectNode node = JSON.createObjectNode();
    texts.forEach(node::put);
    return node.toString();
  }

  static Map<String, String> texts(String json) {
    return texts(parse(json));
  }

  private static Map<String, String> texts(JsonNode node) {
    var map = new LinkedHashMap<String, String>();
    node.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }

  static String matchers(List<LabelMatcher> matchers) {
    ArrayNode array = JSON.createArrayNode();
    for (LabelMatcher matcher : matchers) {
      array
          .addObject()
          .put("name", matcher.name())
          .put("type", matcher.type().symbol())
          .put("value", matcher.value());
    }
    return array.toString();
  }

  static List<LabelMatcher> matchers(String json) {
    var matchers = new ArrayList<LabelMatcher>();
    for (JsonNode node : parse(json)) {
      matchers.add(
          LabelMatcher.of(
              LabelMatcher.Type.of(node.path("type").asText()),
              node.path("name").asText(),
              node.path("value").asText(),
              false));
    }
    return matchers;
  }

  static byte[] fingerprints(FingerprintSet set) {
    ByteBuffer buffer = ByteBuffer.allocate(set.size() * Long.BYTES);
    set.toList().forEach(fingerprint -> buffer.putLong(fingerprint.bits()));
    return buffer.array();
  }

  static FingerprintSet fingerprints(byte @Nullable [] bytes) {
    if (bytes == null) {
      return FingerprintSet.empty();
    }
    var fingerprints = new ArrayList<Fingerprint>(bytes.length / Long.BYTES);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      fingerprints.add(new Fingerprint(buffer.getLong()));
    }
    return FingerprintSet.of(fingerprints);
  }

  /// Returns a notification as JSON, compressed if it is large. The first byte says whether it is
  /// compressed.
  static byte[] payload(Notification notification) {
    byte[] json = json(notification).toString().getBytes(StandardCharsets.UTF_8);
    var bytes = new ByteArrayOutputStream(Math.min(json.length, MIN_DEFLATED_BYTES) + 1);
    try {
      if (json.length < MIN_DEFLATED_BYTES) {
        bytes.write(PLAIN);
        bytes.write(json);
      } else {
        bytes.write(DEFLATED);
        var deflater = new Deflater(Deflater.BEST_SPEED);
        try (var out = new DeflaterOutputStream(bytes, deflater)) {
          out.write(json);
        } finally {
          deflater.end();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static ObjectNode json(Notification notification) {
    ObjectNode node =
        JSON.createObjectNode()
            .put("deliveryId", notification.deliveryId())
            .put("receiver", notification.receiver())
            .put("integration", notification.integration())
            .put("integrationIndex", notification.integrationIndex())
            .put("groupKey", notification.groupKey())
            .put("externalUrl", notification.externalUrl())
            .put("reason", notification.reason().name())
            .put("decidedAt", Micros.of(notification.decidedAt()))
            .put("truncated", notification.truncated())
            .put("first", notification.first())
            .put("possibleDuplicate", notification.possibleDuplicate());
    put(node.putObject("groupLabels"), notification.groupLabels());
    ArrayNode alerts = node.putArray("alerts");
    for (NotifiedAlert alert : notification.alerts()) {
      ObjectNode entry = alerts.addObject();
      put(entry.putObject("labels"), alert.labels());
      put(entry.putObject("annotations"), alert.annotations());
      entry.put("startsAt", Micros.of(alert.startsAt()));
      Instant end = alert.endsAt();
      if (end != null) {
        entry.put("endsAt", Micros.of(end));
      }
      entry.put("generatorUrl", alert.generatorUrl()).put("announced", alert.announced());
    }
    EscalationStep step = notification.step();
    if (step != null) {
      node.putObject("step")
          .put("policy", step.policy())
          .put("level", step.level())
          .put("person", step.person())
          .put("cause", step.cause().name())
          .put("since", Micros.of(step.since()))
          .put("startedAt", Micros.of(step.startedAt()));
    }
    return node;
  }

  private static void put(ObjectNode target, Labels labels) {
    labels.forEach(target::put);
  }

  static Notification notification(byte[] payload) {
    JsonNode node;
    try (var in = new ByteArrayInputStream(payload)) {
      byte kind = (byte) in.read();
      node = JSON.readTree(kind == DEFLATED ? new InflaterInputStream(in) : in);
    } catch (IOException e) {
      throw new UncheckedIOException("the database contains an unreadable notification", e);
    }
    var alerts = new ArrayList<NotifiedAlert>();
    node.path("alerts").forEach(alert -> alerts.add(alert(alert)));
    return new Notification(
        node.path("deliveryId").asText(),
        node.path("receiver").asText(),
        node.path("integration").asText(),
        node.path("integrationIndex").asInt(),
        node.path("groupKey").asText(),
        Notification.statusOf(alerts),
        labels(node.path("groupLabels")),
        Notification.common(alerts, NotifiedAlert::labels),
        Notification.common(alerts, NotifiedAlert::annotations),
        node.path("externalUrl").asText(),
        alerts,
        Notification.Reason.valueOf(node.path("reason").asText()),
        Micros.instant(node.path("decidedAt").asLong()),
        node.path("truncated").asInt(),
        node.path("first").asBoolean(),
        node.path("possibleDuplicate").asBoolean(),
        node.has("step") ? step(node.path("step")) : null);
  }

  private static EscalationStep step(JsonNode node) {
    return new EscalationStep(
        node.path("policy").asText(),
        node.path("level").asInt(),
        node.path("person").asText(),
        EscalationStep.Cause.valueOf(node.path("cause").asText()),
        Micros.instant(node.path("since").asLong()),
        Micros.instant(node.path("startedAt").asLong()));
  }

  private static NotifiedAlert alert(JsonNode node) {
    Labels labels = labels(node.path("labels"));
    boolean resolved = node.has("endsAt");
    return new NotifiedAlert(
        labels,
        labels(node.path("annotations")),
        Micros.instant(node.path("startsAt").asLong()),
        resolved ? Micros.instant(node.path("endsAt").asLong()) : null,
        resolved ? NotifiedAlert.Status.RESOLVED : NotifiedAlert.Status.FIRING,
        Fingerprint.of(labels),
        node.path("generatorUrl").asText(),
        node.path("announced").asBoolean());
  }

  static String calls(List<Escalation.Call> calls) {
    ArrayNode array = JSON.createArrayNode();
    for (Escalation.Call call : calls) {
      ObjectNode node =
          array
              .addObject()
              .put("rung", call.rung())
              .put("level", call.level())
              .put("person", call.person())
              .put("important", call.isImportant())
              .put("cause", call.cause().name())
              .put("since", Micros.of(call.since()))
              .put("waitsFrom", Micros.of(call.waitsFrom()));
      ArrayNode tries = node.putArray("tries");
      for (Escalation.Try one : call.tries()) {
        tries
            .addObject()
            .put("way", one.way())
            .put("cause", one.cause().name())
            .put("since", Micros.of(one.since()))
            .put("at", Micros.of(one.at()));
      }
    }
    return array.toString();
  }

  static List<Escalation.Call> calls(String json) {
    var calls = new ArrayList<Escalation.Call>();
    for (JsonNode node : parse(json)) {
      var tries = new ArrayList<Escalation.Try>();
      for (JsonNode one : node.path("tries")) {
        tries.add(
            new Escalation.Try(
                one.path("way").asText(),
                EscalationStep.Cause.valueOf(one.path("cause").asText()),
                Micros.instant(one.path("since").asLong()),
                Micros.instant(one.path("at").asLong())));
      }
      calls.add(
          new Escalation.Call(
              node.path("rung").asInt(),
              node.path("level").asInt(),
              node.path("person").asText(),
              node.path("important").asBoolean(),
              EscalationStep.Cause.valueOf(node.path("cause").asText()),
              Micros.instant(node.path("since").asLong()),
              Micros.instant(node.path("waitsFrom").asLong()),
              tries));
    }
    return calls;
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new CorruptDataException(
          "the database contains unreadable JSON: " + json + ": " + e.getOriginalMessage());
    }
  }
}
