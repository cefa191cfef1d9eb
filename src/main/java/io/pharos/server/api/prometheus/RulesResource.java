package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.model.GoFloat;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.WindowReading;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.api.Parameters;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Prometheus' `rules` and `alerts`.
@Path("/api/v1")
@RunOnVirtualThread
public class RulesResource {
  private final RuleManager rules;

  RulesResource(RuleManager rules) {
    this.rules = rules;
  }

  /// Returns the groups with their rules, with `stats=all` also the cost of each. Unknown
  /// parameters are ignored, because Grafana sends some.
  @GET
  @Path("/rules")
  public Response rules(@Context UriInfo uri) {
    return rules(new Parameters(uri.getQueryParameters()));
  }

  Response rules(Parameters parameters) {
    var query = RuleQuery.of(parameters);
    boolean stats = parameters.get("stats").orElse("").equals("all");
    RuleQuery.Page page = query.page(rules.groups());
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("groups");
          for (RuleQuery.Selected selected : page.groups()) {
            writeGroup(json, selected.group(), selected.rules(), query.alerts(), stats);
          }
          json.writeEndArray();
          if (!page.nextToken().isEmpty()) {
            json.writeStringField("groupNextToken", page.nextToken());
          }
          json.writeEndObject();
        });
  }

  private static void writeGroup(
      JsonGenerator json,
      GroupSnapshot group,
      List<RuleSnapshot> selected,
      boolean alerts,
      boolean stats)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("name", group.name());
    json.writeStringField("file", group.file());
    json.writeArrayFieldStart("rules");
    for (RuleSnapshot rule : selected) {
      writeRule(json, rule, alerts, stats);
    }
    json.writeEndArray();
    writeSeconds(json, "interval", group.interval());
    json.writeNumberField("limit", group.limit());
    writeSeconds(json, "evaluationTime", group.evaluationTime());
    writeTime(json, "lastEvaluation", group.lastEvaluation());
    json.writeEndObject();
  }

  private static void writeRule(
      JsonGenerator json, RuleSnapshot rule, boolean alerts, boolean stats) throws IOException {
    json.writeStartObject();
    switch (rule) {
      case RuleSnapshot.Alerting alerting -> {
        json.writeStringField("state", alerting.state().text());
        json.writeStringField("name", alerting.name());
        json.writeStringField("query", alerting.query());
        writeSeconds(json, "duration", alerting.holdFor());
        writeSeconds(json, "keepFiringFor", alerting.keepFiringFor());
        PrometheusJson.writeLabels(json, "labels", alerting.labels());
        PrometheusJson.writeLabels(json, "annotations", alerting.annotations());
        json.writeArrayFieldStart("alerts");
        if (alerts) {
          for (AlertSnapshot alert : alerting.alerts()) {
            writeAlert(json, alert);
          }
        }
        json.writeEndArray();
      }
      case RuleSnapshot.Recording recording -> {
        json.writeStringField("name", recording.name());
        json.writeStringField("query", recording.query());
        PrometheusJson.writeLabels(json, "labels", recording.labels());
      }
    }
    json.writeStringField("health", rule.evaluation().health().text());
    if (!rule.evaluation().lastError().isEmpty()) {
      json.writeStringField("lastError", rule.evaluation().lastError());
    }
    if (!rule.evaluation().warnings().isEmpty()) {
      json.writeArrayFieldStart("warnings");
      for (String warning : rule.evaluation().warnings()) {
        json.writeString(warning);
      }
      json.writeEndArray();
    }
    writeSeconds(json, "evaluationTime", rule.evaluation().duration());
    writeTime(json, "lastEvaluation", rule.evaluation().at());
    json.writeStringField("type", rule instanceof RuleSnapshot.Alerting ? "alerting" : "recording");
    if (stats) {
      writeStats(json, rule.evaluation().stats());
    }
    json.writeEndObject();
  }

  /// The cost of the rule's query, for `stats=all`.
  private static void writeStats(JsonGenerator json, QueryStats stats) throws IOException {
    json.writeObjectFieldStart("stats");
    json.writeNumberField("samples", stats.samples());
    json.writeArrayFieldStart("windows");
    for (WindowReading window : stats.windows()) {
      json.writeStartObject();
      json.writeStringField("call", window.call());
      json.writeBooleanField("kept", window.isKept());
      if (!window.isKept()) {
        json.writeStringField("reason", window.whole());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeFieldName("shared");
    PrometheusJson.writeStrings(json, stats.shared());
    json.writeEndObject();
  }

  /// Returns the pending and firing alerts of all rules.
  @GET
  @Path("/alerts")
  public Response alerts() {
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("alerts");
          for (GroupSnapshot group : rules.groups()) {
            for (RuleSnapshot rule : group.rules()) {
              if (rule instanceof RuleSnapshot.Alerting alerting) {
                for (AlertSnapshot alert : alerting.alerts()) {
                  writeAlert(json, alert);
                }
              }
            }
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static void writeAlert(JsonGenerator json, AlertSnapshot alert) throws IOException {
    json.writeStartObject();
    PrometheusJson.writeLabels(json, "labels", alert.labels());
    PrometheusJson.writeLabels(json, "annotations", alert.annotations());
    json.writeStringField("state", alert.state().text());
    json.writeStringField("activeAt", alert.activeAt().toString());
    if (alert.keepFiringSince() != null) {
      json.writeStringField("keepFiringSince", alert.keepFiringSince().toString());
    }
    json.writeStringField("value", GoFloat.exponent(alert.value()));
    json.writeEndObject();
  }

  private static void writeSeconds(JsonGenerator json, String field, Duration duration)
      throws IOException {
    PrometheusJson.writeNumber(json, field, duration.toNanos() / 1e9);
  }

  /// Go's zero time means "never".
  private static void writeTime(JsonGenerator json, String field, @Nullable Instant time)
      throws IOException {
    json.writeStringField(field, time == null ? "0001-01-01T00:00:00Z" : time.toString());
  }
}
