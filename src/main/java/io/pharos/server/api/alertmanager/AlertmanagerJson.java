package io.pharos.server.api.alertmanager;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.server.api.GoEscapes;
import io.pharos.server.api.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/// Writes the JSON of Alertmanager's API v2. Arrays are never null; times have milliseconds.
public final class AlertmanagerJson {
  private static final int SAMPLE_SIZE = 100;
  private static final long MAX_ESTIMATE = 256L << 20;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private AlertmanagerJson() {}

  /// Writes a document to memory.
  ///
  /// @param document a value as described at [JsonValue]
  public static byte[] write(Object document) {
    return write(1024, document);
  }

  /// Writes a document to memory.
  ///
  /// @param size approximate size in bytes; the buffer is copied if the document is larger
  private static byte[] write(int size, Object document) {
    var bytes = new ByteArrayOutputStream(size);
    try (JsonGenerator json = GoEscapes.factory().createGenerator(bytes)) {
      GoEscapes.DOCUMENT.set(json);
      JsonValue.write(json, document);
    } catch (IOException e) {
      throw new UncheckedIOException("JSON can't be written to memory", e);
    }
    return bytes.toByteArray();
  }

  /// Returns an error of Alertmanager's framework.
  public static byte[] error(int code, String message) {
    return write(GoEscapes.TYPE.in(JsonValue.object("code", code, "message", message)));
  }

  static byte[] alerts(List<AlertOverview.Status> alerts) {
    return write(sizeOf(alerts), array(alerts));
  }

  private static JsonValue array(List<AlertOverview.Status> alerts) {
    return JsonValue.array(alerts, AlertmanagerJson::alert);
  }

  /// Estimates the size of the alerts' JSON in bytes from the first alerts.
  private static int sizeOf(List<AlertOverview.Status> alerts) {
    if (alerts.size() < SAMPLE_SIZE) {
      return 1024;
    }
    int sample = write(array(alerts.subList(0, SAMPLE_SIZE))).length;
    return (int) Math.min(MAX_ESTIMATE, (long) sample * alerts.size() / SAMPLE_SIZE * 11 / 10);
  }

  /// Returns alert groups, as a tree.
  public static JsonNode tree(List<AlertOverview.Group> groups) {
    try {
      return JSON.readTree(groups(groups));
    } catch (IOException e) {
      throw new UncheckedIOException("what was just written is not JSON", e);
    }
  }

  static byte[] groups(List<AlertOverview.Group> groups) {
    return write(
        JsonValue.array(
            groups,
            group ->
                JsonValue.object(
                    "labels", group.labels().toMap(),
                    "receiver", JsonValue.object("name", group.receiver()),
                    "alerts", array(group.alerts()))));
  }

  private static JsonValue alert(AlertOverview.Status state) {
    TrackedAlert alert = state.alert();
    return GoEscapes.TYPE.in(
        JsonValue.object(
            "annotations", alert.annotations().toMap(),
            "endsAt", time(alert.endsAt()),
            "fingerprint", alert.fingerprint().toString(),
            "receivers", names(state.receivers()),
            "startsAt", time(alert.startsAt()),
            "status", status(state),
            "updatedAt", time(alert.updatedAt()),
            "generatorURL", alert.generatorUrl(),
            "labels", alert.labels().toMap()));
  }

  private static JsonValue status(AlertOverview.Status state) {
    return JsonValue.object(
        "inhibitedBy", JsonValue.array(state.inhibitedBy(), Fingerprint::toString),
        "mutedBy", state.mutedBy(),
        "silencedBy", state.silencedBy(),
        "state", state.isSuppressed() ? "suppressed" : "active");
  }

  /// Returns a list of receivers.
  public static byte[] receivers(List<String> names) {
    return write(names(names));
  }

  private static JsonValue names(List<String> names) {
    return JsonValue.array(names, name -> JsonValue.object("name", name));
  }

  /// Returns a time in UTC with milliseconds.
  public static String time(Instant time) {
    return TIME.format(time);
  }

  static byte[] silences(List<Silence> silences, Instant now) {
    return write(JsonValue.array(silences, silence -> json(silence, now)));
  }

  static byte[] silence(Silence silence, Instant now) {
    return write(json(silence, now));
  }

  private static JsonValue json(Silence silence, Instant now) {
    return GoEscapes.TYPE.in(
        JsonValue.object(
            "annotations", Optional.of(silence.annotations()).filter(it -> !it.isEmpty()),
            "id", silence.id(),
            "status", JsonValue.object("state", silence.state(now).text()),
            "updatedAt", time(silence.updatedAt()),
            "comment", silence.comment(),
            "createdBy", silence.createdBy(),
            "endsAt", time(silence.endsAt()),
            "matchers", JsonValue.array(silence.matchers(), AlertmanagerJson::matcher),
            "startsAt", time(silence.startsAt())));
  }

  private static JsonValue matcher(LabelMatcher matcher) {
    LabelMatcher.Type type = matcher.type();
    return JsonValue.object(
        "isEqual",
        type == LabelMatcher.Type.EQUAL || type == LabelMatcher.Type.REGEX,
        "isRegex",
        type == LabelMatcher.Type.REGEX || type == LabelMatcher.Type.NOT_REGEX,
        "name",
        matcher.name(),
        "value",
        matcher.value());
  }

  static byte[] status(AlertmanagerIdentity identity, String yaml) {
    return write(
        JsonValue.object(
            "cluster", JsonValue.object("peers", List.of(), "status", "disabled"),
            "config", JsonValue.object("original", yaml),
            "uptime", time(identity.startedAt()),
            "versionInfo",
                JsonValue.object(
                    "branch", "",
                    "buildDate", "",
                    "buildUser", "",
                    "goVersion", "",
                    "revision", identity.revision(),
                    "version", identity.version())));
  }
}
