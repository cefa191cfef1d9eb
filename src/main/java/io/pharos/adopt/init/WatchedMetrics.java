package io.pharos.adopt.init;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Rules about metrics of common programs for which no pack is shipped, from `watched.yml`. A page
/// has those rules whose metrics are all on it.
///
/// @param rules templates of rules, each with its comment
record WatchedMetrics(List<String> rules) {
  static final WatchedMetrics NONE = new WatchedMetrics(List.of());
  private static final String NEEDS = "      # needs: ";

  WatchedMetrics {
    rules = List.copyOf(rules);
  }

  static WatchedMetrics of(PageSurvey page) {
    return new WatchedMetrics(
        Stream.of(ServiceFiles.resource("watched.yml").split("\n\n"))
            .filter(rule -> rule.startsWith(NEEDS) && isOn(page, rule))
            .map(rule -> rule.substring(rule.indexOf('\n') + 1))
            .toList());
  }

  private static boolean isOn(PageSurvey page, String rule) {
    String needs = rule.substring(NEEDS.length(), rule.indexOf('\n'));
    return Arrays.stream(needs.split(" ")).allMatch(name -> page.metric(name).isPresent());
  }

  /// Returns the names of the alerts.
  List<String> alerts() {
    return rules.stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("      - alert: "))
        .map(line -> line.substring(line.indexOf(':') + 2))
        .distinct()
        .toList();
  }

  /// Returns the sections of the runbook about the alerts.
  String runbook() {
    List<String> alerts = alerts();
    return Stream.of(ServiceFiles.resource("watched.md").split("(?m)^(?=## )"))
        .filter(section -> alerts.contains(section.lines().findFirst().orElse("").substring(3)))
        .collect(Collectors.joining());
  }
}
