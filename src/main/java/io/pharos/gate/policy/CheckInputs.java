package io.pharos.gate.policy;

import java.util.List;
import java.util.Optional;

/// Compares which data two checks read. Checks that differ only in their bounds read the same data.
public final class CheckInputs {
  private CheckInputs() {}

  /// Returns the check of the policy `other` that reads the same data as `check` of `policy`; empty
  /// if there is none.
  public static Optional<Check> readingSameData(Check check, GatePolicy policy, GatePolicy other) {
    String inputs = inputs(check, policy);
    return other.checks().stream()
        .filter(candidate -> inputs(candidate, other).equals(inputs))
        .findFirst();
  }

  /* The readings of most checks also depend on when the candidate was first observed, which the
   * checks of version and restarts determine. */
  private static String inputs(Check check, GatePolicy policy) {
    return switch (check) {
      case Check.Version version ->
          text(
              check,
              version.selector(),
              version.label(),
              version.shaLabel(),
              version.digestLabel());
      case Check.UnprovenVersion _ -> text(check);
      case Check.Restarts restarts -> text(check, restarts.selector());
      case Check.Probes probes -> text(check, probes.names(), policy.maxAge(), startChecks(policy));
      case Check.Alerts alerts ->
          text(
              check,
              alerts.matchers(),
              alerts.severities().stream().sorted().toList(),
              alerts.ignore(),
              probeNames(policy),
              startChecks(policy));
      case Check.Bound bound ->
          text(
              check,
              bound.subject(),
              bound.total(),
              bound.bad(),
              bound.good(),
              warmup(bound.subject(), policy),
              startChecks(policy));
      case Check.Relative relative ->
          text(
              check,
              relative.subject(),
              relative.total(),
              relative.bad(),
              relative.boundaries(),
              relative.statusLabel(),
              relative.routeLabel(),
              warmup(relative.subject(), policy),
              startChecks(policy));
      case Check.Paired paired -> text(check, paired.probe(), paired.rate(), startChecks(policy));
      case Check.Gauge gauge -> text(check, gauge.selector(), startChecks(policy));
      case Check.Budget budget ->
          text(check, budget.total(), budget.bad(), budget.objective(), budget.window());
    };
  }

  private static String text(Check check, Object... inputs) {
    return check.kind() + List.of(inputs);
  }

  private static String startChecks(GatePolicy policy) {
    return policy.checks().stream()
        .filter(check -> check instanceof Check.Version || check instanceof Check.Restarts)
        .map(check -> inputs(check, policy))
        .toList()
        .toString();
  }

  /* The names of probes decide which alerts belong to the candidate. */
  private static List<List<PolicyText>> probeNames(GatePolicy policy) {
    return policy.checks().stream()
        .filter(Check.Probes.class::isInstance)
        .map(Check::templates)
        .toList();
  }

  private static String warmup(Check.Subject subject, GatePolicy policy) {
    return switch (subject) {
      case ERRORS, ANSWERS -> "";
      case LATENCY -> policy.warmup().toString();
    };
  }
}
