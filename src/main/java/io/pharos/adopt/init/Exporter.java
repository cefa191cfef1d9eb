package io.pharos.adopt.init;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// An exporter whose page `init` recognises. `exporters.yml` lists all and explains each key.
///
/// @param pack the shipped rules; empty if none are shipped
record Exporter(String name, String metric, Optional<Pack> pack) {
  /// Shipped rules, and the dashboard to which they link.
  ///
  /// @param groups the rule groups that are used; all if it is empty
  record Pack(
      String exporter,
      String rules,
      String job,
      List<String> groups,
      String dashboard,
      String prefix) {
    private static final Pattern LINK = Pattern.compile("viewPanel=(\\d{1,6})");

    private static final Pattern ALERTS = Pattern.compile("alertname=~?\"([\\w|]+)\"");

    Pack {
      groups = List.copyOf(groups);
    }

    String rulesFile() {
      return "alert-rules/" + rules + ".yml";
    }

    String dashboardFile() {
      return "dashboards/" + dashboard + ".json";
    }

    /// Returns the shipped rules for a job: with its name, and only the groups that are used.
    String rulesFor(String newJob, String shipped) {
      var all = YamlParts.of(shipped, "groups");
      return all.without(
              all.items().stream()
                  .filter(it -> !groups.isEmpty() && !groups.contains(it.string("name", "")))
                  .map(YamlMap::line))
          .replace("job=\"" + job + "\"", "job=\"" + newJob + "\"")
          .replace("\"remotegpu-backend\"", "\"" + newJob + "\"")
          .replace("service: remotegpu-backend", "service: " + newJob);
    }

    /// Returns the shipped dashboard with only the panels about this exporter.
    ///
    /// @param usedRules the rules whose links to panels must stay valid
    String dashboardFor(String usedRules, String shipped) throws IOException {
      Set<Integer> linked =
          LINK.matcher(usedRules)
              .results()
              .map((MatchResult it) -> Integer.valueOf(it.group(1)))
              .collect(Collectors.toSet());
      var dashboard = (ObjectNode) JSON.readTree(shipped);
      var kept = new ArrayList<ObjectNode>();
      boolean isFirstRow = true;
      for (JsonNode panel : dashboard.get("panels")) {
        var copy = (ObjectNode) panel;
        if (panel.path("type").asText().equals("row")) {
          isFirstRow = kept.isEmpty();
          dropEmptyRow(kept);
          ArrayNode nested = JSON.createArrayNode();
          for (JsonNode inner : panel.path("panels")) {
            if (isUsed(inner, linked, false)) {
              nested.add(inner);
            }
          }
          copy.set("panels", nested);
          kept.add(copy);
        } else if (isUsed(panel, linked, isFirstRow)) {
          kept.add(copy);
        }
      }
      dropEmptyRow(kept);
      dashboard.putArray("panels").addAll(kept);
      return JSON.writeValueAsString(dashboard) + "\n";
    }

    /// Returns the shipped inhibitions between alerts of these rules.
    static String inhibitions(String usedRules, String shipped) {
      List<String> alerts =
          YamlParts.of(usedRules, "groups").rules().map(it -> it.string("alert", "")).toList();
      var all = YamlParts.of(shipped, "inhibit_rules");
      return all.items().stream()
          .filter(
              it ->
                  Stream.of("source_matchers", "target_matchers")
                      .flatMap(key -> it.strings(key).stream())
                      .allMatch(matcher -> areAll(matcher, alerts)))
          .map(all::part)
          .collect(Collectors.joining());
    }

    private static boolean areAll(String matcher, List<String> alerts) {
      Matcher names = ALERTS.matcher(matcher);
      return names.matches() && alerts.containsAll(List.of(names.group(1).split("\\|")));
    }

    private boolean isUsed(JsonNode panel, Set<Integer> linked, boolean isOverview) {
      return linked.contains(panel.path("id").asInt())
          || (isOverview && panel.path("targets").toString().contains(prefix));
    }

    private static void dropEmptyRow(List<ObjectNode> kept) {
      if (!kept.isEmpty()
          && kept.getLast().path("type").asText().equals("row")
          && kept.getLast().path("panels").isEmpty()) {
        kept.removeLast();
      }
    }
  }

  /// Returns the exporter whose page this is; empty if none is known.
  static Optional<Exporter> of(PageSurvey page) {
    YamlMap map = YamlFile.parse("exporters.yml", ServiceFiles.resource("exporters.yml"));
    return map.finished(map.list("exporters", Exporter::read)).stream()
        .filter(it -> page.metric(it.metric()).isPresent())
        .findFirst();
  }

  private static Exporter read(YamlValue value) {
    YamlMap map = value.asMap();
    Optional<Pack> pack =
        map.get("pack")
            .map(
                rules ->
                    new Pack(
                        map.require("name").asString(),
                        rules.asString(),
                        map.require("job").asString(),
                        map.strings("groups"),
                        map.require("dashboard").asString(),
                        map.require("prefix").asString()));
    return map.finished(
        new Exporter(map.require("name").asString(), map.require("metric").asString(), pack));
  }
}
