package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.MatcherList;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.gate.policy.PolicyText;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Decides whether alerts and series belong to the candidate, to its service or to another release.
///
/// @param instances the candidate's known values of the label `instance`
public record Attribution(GatePolicy policy, Deployment deployment, Set<String> instances) {
  public Attribution {
    instances = Set.copyOf(instances);
  }

  /// Returns whether the candidate is the whole service, because no other instance of the service
  /// runs beside it.
  static boolean isWhole(Deployment deployment) {
    return deployment.announcement().strategy() == Strategy.RECREATE;
  }

  /// Checks that a deployment has all fields that the policy requires to distinguish the candidate
  /// from the rest of the service.
  ///
  /// @throws InvalidFieldException when a field is missing; names the first check that requires it
  public static void require(GatePolicy policy, Deployment deployment) {
    for (Check check : policy.checks()) {
      for (String variable : check.variables()) {
        if (PolicyText.value(variable, deployment).isEmpty()) {
          throw new InvalidFieldException(
              "deployment." + variable,
              "",
              "a value, because check %s of the gate policy %s uses $%s"
                  .formatted(check.id(), policy.id(), variable));
        }
      }
      if (!isWhole(deployment) && mixesReleases(check, deployment)) {
        throw new InvalidFieldException(
            "deployment.strategy",
            deployment.announcement().strategy().text(),
            "recreate, because the check %s of the gate policy %s uses none of $color, $version and $candidate, so it cannot distinguish the candidate from other releases"
                .formatted(check.id(), policy.id()));
      }
    }
  }

  private static boolean mixesReleases(Check check, Deployment deployment) {
    return switch (check) {
      // Alerts are distinguished by their labels, and the budget belongs to the whole service.
      case Check.UnprovenVersion _, Check.Alerts _, Check.Budget _ -> false;
      case Check.Version _,
          Check.Restarts _,
          Check.Probes _,
          Check.Bound _,
          Check.Comparing _,
          Check.Gauge _ ->
          check.templates().stream().anyMatch(text -> !text.namesCandidate(deployment));
    };
  }

  /// Returns whether the check considers an alert with these labels.
  public boolean counts(Check.Alerts check, Labels alert) {
    boolean severe =
        check.severities().isEmpty() || check.severities().contains(alert.get("severity"));
    return severe
        && check.matchers().stream()
            .allMatch(
                template ->
                    LabelMatcher.matchesAll(MatcherList.parse(template.expand(deployment)), alert))
        && check.ignore().stream().noneMatch(matchers -> LabelMatcher.matchesAll(matchers, alert));
  }

  /// Returns whether the check may consider an alert with these labels and others that are unknown.
  public boolean mayCount(Check.Alerts check, Map<String, String> known) {
    Predicate<LabelMatcher> mayMatch =
        matcher -> {
          String value = known.get(matcher.name());
          return value == null || matcher.matches(value);
        };
    Predicate<LabelMatcher> isKnownToMatch =
        matcher -> known.containsKey(matcher.name()) && mayMatch.test(matcher);
    String severity = known.get("severity");
    boolean severe =
        check.severities().isEmpty() || severity == null || check.severities().contains(severity);
    return severe
        && check.matchers().stream()
            .flatMap(template -> MatcherList.parse(template.expand(deployment)).stream())
            .allMatch(mayMatch)
        && check.ignore().stream()
            .noneMatch(matchers -> matchers.stream().allMatch(isKnownToMatch));
  }

  /// Returns what an alert is about. If one label names another release, the alert belongs to that
  /// release, because an alert about both releases has no label that differs between them.
  public AlertAttribution attribute(Labels alert) {
    var names = new ArrayList<Optional<Boolean>>();
    names.add(names(alert, "color", deployment.color()));
    names.add(names(alert, "version", deployment.version()));
    for (LabelMatcher matcher : MatcherList.parse(deployment.announcement().candidate())) {
      if (!alert.get(matcher.name()).isEmpty()) {
        names.add(Optional.of(matcher.matches(alert)));
      }
    }
    names.add(namesByProbe(alert.get("probe")));
    if (names.contains(Optional.of(false))) {
      return AlertAttribution.OTHER;
    }
    if (names.contains(Optional.of(true)) || instances.contains(alert.get("instance"))) {
      return AlertAttribution.CANDIDATE;
    }
    return isWhole(deployment) ? AlertAttribution.SERVICE : AlertAttribution.SHARED;
  }

  /// Returns whether a label names the candidate (true) or another release (false); empty if the
  /// alert lacks the label or the announcement lacks its value.
  private static Optional<Boolean> names(Labels alert, String label, String announced) {
    String value = alert.get(label);
    return value.isEmpty() || announced.isEmpty()
        ? Optional.empty()
        : Optional.of(value.equals(announced));
  }

  /* Only probes that the policy names can be attributed to a release. */
  private Optional<Boolean> namesByProbe(String probe) {
    for (Check check : policy.checks()) {
      if (check instanceof Check.Probes probes) {
        for (PolicyText name : probes.names()) {
          if (!name.namesCandidate(deployment)) {
            continue;
          }
          if (name.expandPlain(deployment, ComparisonSide.CANDIDATE).equals(probe)) {
            return Optional.of(true);
          }
          if (name.hasBaseline(deployment)
              && name.expandPlain(deployment, ComparisonSide.BASELINE).equals(probe)) {
            return Optional.of(false);
          }
        }
      }
    }
    return Optional.empty();
  }
}
