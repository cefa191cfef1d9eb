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
import java.util.stream.Stream;

/// A valid `oncall.yml`.
///
/// @param config the receivers; empty if they are unknown
record CheckedOnCall(OnCallPlan plan, Optional<AlertmanagerConfig> config, Instant now) {
  static CheckedOnCall read(Path file, Optional<AlertmanagerConfig> config, People people) {
    Instant now = Instant.now();
    var surroundings =
        new OnCallFile.Surroundings(
            config.map(CheckedOnCall::channels).map(Map::keySet), people, now);
    return new CheckedOnCall(OnCallFile.read(file, surroundings), config, now);
  }

  private static Map<String, Set<String>> channels(AlertmanagerConfig config) {
    return config.receivers().stream()
        .collect(
            toMap(
                ReceiverConfig::name,
                it -> it.integrations().stream().map(IntegrationConfig::type).collect(toSet())));
  }

  List<Problem> gaps() {
    return new PlanCheck(plan, Map.of()).gaps(now);
  }

  /// Returns the levels without two independent ways, and the policies that reach nobody; none if
  /// the receivers are unknown.
  List<Finding> weakPolicies() {
    if (config.isEmpty()) {
      return List.of();
    }
    var check = new PlanCheck(plan, channels(config.get()));
    return Stream.concat(
            check.weakLevels().stream(),
            check
                .loosePolicies(
                    config.get().delivery().fallbacks().keySet(), config.get().route().receiver())
                .stream())
        .map(
            weak ->
                new Finding(
                    plan.file(),
                    weak.line(),
                    FindingSeverity.WARNING,
                    LintCheck.NOTIFY_ONCALL,
                    weak.message()))
        .toList();
  }

  /// Returns a configuration in which each policy has the integrations of its people.
  AlertmanagerConfig reaching(AlertmanagerConfig of) {
    Set<String> ways = ways();
    List<IntegrationConfig> all =
        of.receivers().stream()
            .filter(receiver -> ways.contains(receiver.name()))
            .flatMap(receiver -> receiver.integrations().stream())
            .toList();
    return new AlertmanagerConfig(
        of.global(),
        of.route(),
        of.receivers().stream()
            .map(
                receiver ->
                    plan.policy(receiver.name()).isPresent()
                        ? new ReceiverConfig(receiver.name(), all)
                        : receiver)
            .toList(),
        of.inhibitRules(),
        of.timeIntervals(),
        of.templates(),
        of.messages(),
        of.delivery(),
        of.chat());
  }

  Set<String> ways() {
    return plan.people().stream().flatMap(person -> person.ways().stream()).collect(toSet());
  }
}
