package io.pharos.server.api.prometheus;

import io.pharos.model.GoFloat;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.WindowReading;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.Parameters;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
        JsonValue.object(
            "groups",
            JsonValue.array(
                page.groups(), it -> group(it.group(), it.rules(), query.alerts(), stats)),
            "groupNextToken",
            given(page.nextToken())));
  }

  private static Optional<String> given(String text) {
    return Optional.of(text).filter(it -> !it.isEmpty());
  }

  private static JsonValue group(
      GroupSnapshot group, List<RuleSnapshot> selected, boolean alerts, boolean stats) {
    return JsonValue.object(
        "name", group.name(),
        "file", group.file(),
        "rules", JsonValue.array(selected, rule -> rule(rule, alerts, stats)),
        "interval", PrometheusJson.number(group.interval()),
        "limit", group.limit(),
        "evaluationTime", PrometheusJson.number(group.evaluationTime()),
        "lastEvaluation", PrometheusJson.time(group.lastEvaluation()));
  }

  private static JsonValue rule(RuleSnapshot rule, boolean alerts, boolean stats) {
    Optional<RuleSnapshot.Alerting> alerting =
        rule instanceof RuleSnapshot.Alerting it ? Optional.of(it) : Optional.empty();
    var evaluation = rule.evaluation();
    return JsonValue.object(
        "state", alerting.map(it -> it.state().text()),
        "name", rule.name(),
        "query", rule.query(),
        "duration", alerting.map(it -> PrometheusJson.number(it.holdFor())),
        "keepFiringFor", alerting.map(it -> PrometheusJson.number(it.keepFiringFor())),
        "labels", PrometheusJson.labels(rule.labels()),
        "annotations", alerting.map(it -> PrometheusJson.labels(it.annotations())),
        "alerts", alerting.map(it -> alerts(alerts ? it.alerts() : List.of())),
        "health", evaluation.health().text(),
        "lastError", given(evaluation.lastError()),
        "warnings", Optional.of(evaluation.warnings()).filter(it -> !it.isEmpty()),
        "evaluationTime", PrometheusJson.number(evaluation.duration()),
        "lastEvaluation", PrometheusJson.time(evaluation.at()),
        "type", alerting.isPresent() ? "alerting" : "recording",
        "stats", stats ? Optional.of(stats(evaluation.stats())) : Optional.empty());
  }

  /// The cost of the rule's query, for `stats=all`.
  private static JsonValue stats(QueryStats stats) {
    return JsonValue.object(
        "samples", stats.samples(),
        "windows", JsonValue.array(stats.windows(), RulesResource::window),
        "shared", stats.shared());
  }

  private static JsonValue window(WindowReading window) {
    return JsonValue.object(
        "call", window.call(),
        "kept", window.isKept(),
        "reason", window.isKept() ? Optional.empty() : window.whole());
  }

  /// Returns the pending and firing alerts of all rules.
  @GET
  @Path("/alerts")
  public Response alerts() {
    return PrometheusJson.success(
        JsonValue.object(
            "alerts",
            alerts(
                rules.groups().stream()
                    .flatMap(group -> group.rules().stream())
                    .flatMap(
                        rule ->
                            rule instanceof RuleSnapshot.Alerting alerting
                                ? alerting.alerts().stream()
                                : Stream.empty())
                    .toList())));
  }

  private static JsonValue alerts(List<AlertSnapshot> alerts) {
    return JsonValue.array(
        alerts,
        alert ->
            JsonValue.object(
                "labels", PrometheusJson.labels(alert.labels()),
                "annotations", PrometheusJson.labels(alert.annotations()),
                "state", alert.state().text(),
                "activeAt", alert.activeAt().toString(),
                "keepFiringSince",
                    Optional.ofNullable(alert.keepFiringSince()).map(Instant::toString),
                "value", GoFloat.exponent(alert.value())));
  }
}
