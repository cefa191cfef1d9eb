package io.pharos.adopt.init;

import io.pharos.config.yaml.YamlMap;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Rules about metrics of common programs for which no pack is shipped, from `watched.yml`. A page
/// has those rules whose metrics are all on it.
///
/// @param rules templates of rules, each with its comment
/// @param alerts their names
record WatchedMetrics(List<String> rules, List<String> alerts) {
  static final WatchedMetrics NONE = new WatchedMetrics(List.of(), List.of());
  private static final String NEEDS = "      # needs: ";

  WatchedMetrics {
    rules = List.copyOf(rules);
    alerts = List.copyOf(alerts);
  }

  static WatchedMetrics of(PageSurvey page) {
    var all = YamlParts.of(ServiceFiles.resource("watched.yml"), "");
    List<YamlMap> used = all.items().stream().filter(it -> isOn(page, all.part(it))).toList();
    return new WatchedMetrics(
        used.stream().map(all::part).map(it -> it.substring(it.indexOf('\n') + 1)).toList(),
        used.stream().map(it -> it.string("alert", "")).distinct().toList());
  }

  private static boolean isOn(PageSurvey page, String rule) {
    String needs = rule.substring(NEEDS.length(), rule.indexOf('\n'));
    return Arrays.stream(needs.split(" ")).allMatch(name -> page.metric(name).isPresent());
  }

  /// Returns the sections of the runbook about the alerts.
  String runbook() {
    return Stream.of(ServiceFiles.resource("watched.md").split("(?m)^(?=## )"))
        .filter(section -> alerts.contains(section.lines().findFirst().orElse("").substring(3)))
        .collect(Collectors.joining());
  }
}
