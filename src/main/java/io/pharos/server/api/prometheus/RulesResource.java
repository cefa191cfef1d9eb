package io.pharos.server.api.prometheus;

import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.WindowReading;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.hysteresis.Hysteresis;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.Parameters;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

  /// Returns the groups with their rules, and with `stats=all` also the cost of each rule. Ignores
  /// unknown parameters, because Grafana sends some.
  @GET
  @Path("/rules")
  public Response rules(@Context UriInfo uri) {
    var parameters = new Parameters(uri.getQueryParameters());
    var query = RuleQuery.of(parameters);
    boolean stats = parameters.get("stats").orElse("").equals("all");
    RuleQuery.Page page = query.page(rules.groups());
    return PrometheusJson.success(
        JsonValue.object(
            "groups",
            JsonValue.array(
                page.groups(), it -> group(it.group(), it.rules(), query.alerts(), stats)),
            "groupNextToken",
            nonEmpty(page.nextToken())));
  }

  private static Optional<String> nonEmpty(String text) {
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
        "lastError", nonEmpty(evaluation.lastError()),
        "warnings", Optional.of(evaluation.warnings()).filter(it -> !it.isEmpty()),
        "evaluationTime", PrometheusJson.number(evaluation.duration()),
        "lastEvaluation", PrometheusJson.time(evaluation.at()),
        "type", alerting.isPresent() ? "alerting" : "recording",
        "hysteresis", alerting.filter(_ -> stats).flatMap(RulesResource::hysteresis),
        "stats", stats ? Optional.of(stats(evaluation.stats())) : Optional.empty());
  }

  private static Optional<JsonValue> hysteresis(RuleSnapshot.Alerting rule) {
    Hysteresis hysteresis = rule.hysteresis();
    return hysteresis.equals(Hysteresis.NONE)
        ? Optional.empty()
        : Optional.of(
            JsonValue.object(
                "atLeast", hysteresis.atLeast(),
                "of", hysteresis.of(),
                "continues", nonEmpty(rule.continues())));
  }

  /// Returns the cost of the rule's query, for `stats=all`.
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

  /// The parameters of `rules`.
  ///
  /// @param type `alert` or `record`; empty for both
  /// @param selectors a rule is selected if its labels match one of the selectors; without
  ///   selectors, all rules are selected
  /// @param groupLimit maximum number of groups per page; 0 for all
  /// @param nextToken token of the first group on the page; empty for the first page
  record RuleQuery(
      String type,
      List<String> names,
      List<String> groups,
      List<String> files,
      List<List<LabelMatcher>> selectors,
      boolean alerts,
      int groupLimit,
      String nextToken) {

    private static final Comparator<GroupSnapshot> ORDER =
        Comparator.comparing(GroupSnapshot::file).thenComparing(GroupSnapshot::name);

    /// A group with its selected rules.
    record Selected(GroupSnapshot group, List<RuleSnapshot> rules) {}

    /// One page of groups.
    ///
    /// @param nextToken token of the next page's first group; empty if this page is the last
    record Page(List<Selected> groups, String nextToken) {}

    static RuleQuery of(Parameters parameters) {
      String type = parameters.get("type").orElse("").toLowerCase(Locale.ROOT);
      if (!List.of("", "alert", "record").contains(type)) {
        throw ApiException.invalidParameter("type", "not supported value " + Quoted.of(type));
      }
      String token = parameters.get("group_next_token").orElse("");
      int limit = parameters.get("group_limit").map(RuleQuery::limit).orElse(0);
      if (!token.isEmpty() && limit == 0) {
        throw ApiException.invalidParameter(
            "group_next_token",
            "group_limit needs to be present in order to paginate over the groups");
      }
      return new RuleQuery(
          type,
          parameters.all("rule_name[]"),
          parameters.all("rule_group[]"),
          parameters.all("file[]"),
          parameters.selectors(),
          !parameters.isOn("exclude_alerts"),
          limit,
          token);
    }

    private static int limit(String text) {
      int limit;
      try {
        limit = Integer.parseInt(text);
      } catch (NumberFormatException _) {
        throw ApiException.invalidParameter(
            "group_limit", "group_limit needs to be a valid number, found " + Quoted.of(text));
      }
      if (limit <= 0) {
        throw ApiException.invalidParameter(
            "group_limit", "group_limit needs to be greater than 0");
      }
      return limit;
    }

    /// Returns one page of the given groups, sorted by file and name.
    Page page(List<GroupSnapshot> allGroups) {
      var page = new ArrayList<Selected>();
      boolean started = nextToken.isEmpty();
      for (GroupSnapshot group : allGroups.stream().sorted(ORDER).toList()) {
        started = started || nextToken.equals(token(group));
        List<RuleSnapshot> selected = started ? select(group) : List.of();
        if (!selected.isEmpty()) {
          if (groupLimit > 0 && page.size() == groupLimit) {
            return new Page(page, token(group));
          }
          page.add(new Selected(group, selected));
        }
      }
      if (!started) {
        throw ApiException.invalidParameter(
            "group_next_token",
            "invalid group_next_token '" + nextToken + "'. were rule groups changed?");
      }
      return new Page(page, "");
    }

    private List<RuleSnapshot> select(GroupSnapshot group) {
      if (!(groups.isEmpty() || groups.contains(group.name()))
          || !(files.isEmpty() || files.contains(group.file()))) {
        return List.of();
      }
      return group.rules().stream()
          .filter(rule -> type.isEmpty() || type.equals(type(rule)))
          .filter(rule -> names.isEmpty() || names.contains(rule.name()))
          .filter(
              rule ->
                  selectors.isEmpty()
                      || selectors.stream().anyMatch(selector -> matches(selector, rule)))
          .toList();
    }

    private static String type(RuleSnapshot rule) {
      return switch (rule) {
        case RuleSnapshot.Alerting _ -> "alert";
        case RuleSnapshot.Recording _ -> "record";
      };
    }

    /* Compares the labels as they are in the rule file, where templates are not expanded. */
    private static boolean matches(List<LabelMatcher> selector, RuleSnapshot rule) {
      Map<String, String> labels = rule.labels();
      return selector.stream()
          .allMatch(matcher -> matcher.matches(labels.getOrDefault(matcher.name(), "")));
    }

    /* Computes the same token as Prometheus, so that a client can get its next page from either
     * server. */
    private static String token(GroupSnapshot group) {
      try {
        byte[] text = (group.file() + ";" + group.name()).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-1", e);
      }
    }
  }
}
