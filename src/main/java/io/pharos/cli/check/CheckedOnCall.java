package io.pharos.cli.check;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import io.pharos.access.People;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.lint.Finding;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.oncall.schedule.PlanCheck;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A valid `oncall.yml`.
///
/// @param channels the channels of each receiver; empty if the receivers are unknown
record CheckedOnCall(OnCallPlan plan, Optional<Map<String, Set<String>>> channels, Instant now) {
  static CheckedOnCall read(Path file, Optional<AlertmanagerConfig> receivers, People people) {
    Optional<Map<String, Set<String>>> channels = receivers.map(CheckedOnCall::channels);
    Instant now = Instant.now();
    var surroundings = new OnCallFile.Surroundings(channels.map(Map::keySet), people, now);
    return new CheckedOnCall(OnCallFile.read(file, surroundings), channels, now);
  }

  private static Map<String, Set<String>> channels(AlertmanagerConfig config) {
    return config.receivers().stream()
        .collect(
            toMap(
                ReceiverConfig::name,
                it -> it.integrations().stream().map(IntegrationConfig::type).collect(toSet())));
  }

  List<Problem> gaps() {
    return check().gaps(now);
  }

  /// Returns the levels without two independent ways; none if the receivers are unknown.
  List<Finding> weakLevels() {
    return channels.isEmpty()
        ? List.of()
        : check().weakLevels().stream()
            .map(
                level ->
                    new Finding(
                        plan.file(),
                        level.line(),
                        FindingSeverity.WARNING,
                        LintCheck.NOTIFY_ONCALL,
                        level.message()))
            .toList();
  }

  private PlanCheck check() {
    return new PlanCheck(plan, channels.orElse(Map.of()));
  }

  Set<String> ways() {
    return plan.people().stream().flatMap(person -> person.ways().stream()).collect(toSet());
  }
}
