package io.pharos.server.api.alertmanager;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.api.GoEscapes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/// Writes the JSON of Alertmanager's API v2. Arrays are never null; times have milliseconds.
public final class AlertmanagerJson {
  private static final int SAMPLE = 100;
  private static final long MAX_GUESS = 256L << 20;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private AlertmanagerJson() {}

  /// Writes one document.
  public interface Body {
    /// Writes one JSON value.
    void write(JsonGenerator json) throws IOException;
  }

  /// Writes a document to memory.
  public static byte[] write(Body body) {
    return write(1024, body);
  }

  /// Writes a document of an approximate size, which avoids copies of a growing buffer.
  private static byte[] write(int size, Body body) {
    var bytes = new ByteArrayOutputStream(size);
    try (JsonGenerator json = GoEscapes.factory().createGenerator(bytes)) {
      GoEscapes.DOCUMENT.set(json);
      body.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("JSON can't be written to memory", e);
    }
    return bytes.toByteArray();
  }

  /// A JSON string.
  public static byte[] string(String text) {
    return write(json -> json.writeString(text));
  }

  /// An error of Alertmanager's framework.
  public static byte[] error(int code, String message) {
    return write(
        json -> {
          GoEscapes.TYPE.set(json);
          json.writeStartObject();
          json.writeNumberField("code", code);
          json.writeStringField("message", message);
          json.writeEndObject();
        });
  }

  static byte[] alerts(List<AlertOverview.Status> alerts) {
    return write(
        sizeOf(alerts),
        json -> {
          json.writeStartArray();
          for (AlertOverview.Status alert : alerts) {
            writeAlert(json, alert);
          }
          json.writeEndArray();
        });
  }

  /// Estimates the size of the alerts by the first ones.
  private static int sizeOf(List<AlertOverview.Status> alerts) {
    List<AlertOverview.Status> first = alerts.subList(0, Math.min(SAMPLE, alerts.size()));
    if (first.size() < SAMPLE) {
      return 1024;
    }
    int sample =
        write(
                json -> {
                  json.writeStartArray();
                  for (AlertOverview.Status alert : first) {
                    writeAlert(json, alert);
                  }
                  json.writeEndArray();
                })
            .length;
    return (int) Math.min(MAX_GUESS, (long) sample * alerts.size() / SAMPLE * 11 / 10);
  }

  static byte[] groups(List<AlertOverview.Group> groups) {
    return write(
        json -> {
          json.writeStartArray();
          for (AlertOverview.Group group : groups) {
            json.writeStartObject();
            writeLabels(json, "labels", group.labels());
            json.writeObjectFieldStart("receiver");
            json.writeStringField("name", group.receiver());
            json.writeEndObject();
            json.writeArrayFieldStart("alerts");
            for (AlertOverview.Status alert : group.alerts()) {
              writeAlert(json, alert);
            }
            json.writeEndArray();
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void writeAlert(JsonGenerator json, AlertOverview.Status state)
      throws IOException {
    GoEscapes.TYPE.in(json, () -> writeAlertFields(json, state));
  }

  private static void writeAlertFields(JsonGenerator json, AlertOverview.Status state)
      throws IOException {
    TrackedAlert alert = state.alert();
    json.writeStartObject();
    writeLabels(json, "annotations", alert.annotations());
    writeTime(json, "endsAt", alert.endsAt());
    json.writeStringField("fingerprint", alert.fingerprint().toString());
    json.writeFieldName("receivers");
    writeNames(json, state.receivers());
    writeTime(json, "startsAt", alert.startsAt());
    json.writeObjectFieldStart("status");
    json.writeFieldName("inhibitedBy");
    writeStrings(json, state.inhibitedBy().stream().map(Fingerprint::toString).toList());
    json.writeFieldName("mutedBy");
    writeStrings(json, state.mutedBy());
    json.writeFieldName("silencedBy");
    writeStrings(json, state.silencedBy());
    json.writeStringField("state", state.isSuppressed() ? "suppressed" : "active");
    json.writeEndObject();
    writeTime(json, "updatedAt", alert.updatedAt());
    json.writeStringField("generatorURL", alert.generatorUrl());
    writeLabels(json, "labels", alert.labels());
    json.writeEndObject();
  }

  /// A list of receivers.
  public static byte[] receivers(List<String> names) {
    return write(json -> writeNames(json, names));
  }

  private static void writeNames(JsonGenerator json, List<String> names) throws IOException {
    json.writeStartArray();
    for (String name : names) {
      json.writeStartObject();
      json.writeStringField("name", name);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeStrings(JsonGenerator json, List<String> texts) throws IOException {
    json.writeStartArray();
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private static void writeLabels(JsonGenerator json, String field, Labels labels)
      throws IOException {
    json.writeObjectFieldStart(field);
    for (int i = 0; i < labels.size(); i++) {
      json.writeStringField(labels.name(i), labels.value(i));
    }
    json.writeEndObject();
  }

  /// Writes a time in UTC with milliseconds.
  public static void writeTime(JsonGenerator json, String field, Instant time) throws IOException {
    json.writeStringField(field, TIME.format(time));
  }

  static byte[] silences(List<Silence> silences, Instant now) {
    return write(
        json -> {
          json.writeStartArray();
          for (Silence silence : silences) {
            writeSilence(json, silence, now);
          }
          json.writeEndArray();
        });
  }

  static byte[] silence(Silence silence, Instant now) {
    return write(json -> writeSilence(json, silence, now));
  }

  private static void writeSilence(JsonGenerator json, Silence silence, Instant now)
      throws IOException {
    GoEscapes.TYPE.in(json, () -> writeSilenceFields(json, silence, now));
  }

  private static void writeSilenceFields(JsonGenerator json, Silence silence, Instant now)
      throws IOException {
    json.writeStartObject();
    if (!silence.annotations().isEmpty()) {
      json.writeObjectFieldStart("annotations");
      for (var annotation : silence.annotations().entrySet()) {
        json.writeStringField(annotation.getKey(), annotation.getValue());
      }
      json.writeEndObject();
    }
    json.writeStringField("id", silence.id());
    json.writeObjectFieldStart("status");
    json.writeStringField("state", silence.state(now).text());
    json.writeEndObject();
    writeTime(json, "updatedAt", silence.updatedAt());
    json.writeStringField("comment", silence.comment());
    json.writeStringField("createdBy", silence.createdBy());
    writeTime(json, "endsAt", silence.endsAt());
    json.writeArrayFieldStart("matchers");
    for (LabelMatcher matcher : silence.matchers()) {
      json.writeStartObject();
      json.writeBooleanField("isEqual", isEqual(matcher));
      json.writeBooleanField("isRegex", isRegex(matcher));
      json.writeStringField("name", matcher.name());
      json.writeStringField("value", matcher.value());
      json.writeEndObject();
    }
    json.writeEndArray();
    writeTime(json, "startsAt", silence.startsAt());
    json.writeEndObject();
  }

  private static boolean isEqual(LabelMatcher matcher) {
    return matcher.type() == LabelMatcher.Type.EQUAL || matcher.type() == LabelMatcher.Type.REGEX;
  }

  private static boolean isRegex(LabelMatcher matcher) {
    return matcher.type() == LabelMatcher.Type.REGEX
        || matcher.type() == LabelMatcher.Type.NOT_REGEX;
  }

  static byte[] silenceId(String id) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeStringField("silenceID", id);
          json.writeEndObject();
        });
  }

  static byte[] status(AlertmanagerIdentity identity, String yaml) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeObjectFieldStart("cluster");
          json.writeArrayFieldStart("peers");
          json.writeEndArray();
          json.writeStringField("status", "disabled");
          json.writeEndObject();
          json.writeObjectFieldStart("config");
          json.writeStringField("original", yaml);
          json.writeEndObject();
          writeTime(json, "uptime", identity.startedAt());
          json.writeObjectFieldStart("versionInfo");
          json.writeStringField("branch", "");
          json.writeStringField("buildDate", "");
          json.writeStringField("buildUser", "");
          json.writeStringField("goVersion", "");
          json.writeStringField("revision", identity.revision());
          json.writeStringField("version", identity.version());
          json.writeEndObject();
          json.writeEndObject();
        });
  }
}
