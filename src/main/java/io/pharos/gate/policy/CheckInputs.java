package io.pharos.gate.policy;

import java.util.List;
import java.util.Optional;

/// The data that a check reads, apart from its bounds: two checks with equal inputs have equal
/// readings.
public final class CheckInputs {
  private CheckInputs() {}

  /// Finds the check of another policy that reads the same data.
  ///
  /// @return empty if the other policy has no such check
  public static Optional<Check> taken(Check check, GatePolicy policy, GatePolicy other) {
    String inputs = of(check, policy);
    return other.checks().stream().filter(it -> of(it, other).equals(inputs)).findFirst();
  }

  /* Readings of a candidate begin when it was first observed, which the checks of version and restarts determine. */
  private static String of(Check check, GatePolicy policy) {
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
      case Check.Probes probes -> text(check, probes.names(), policy.maxAge(), start(policy));
      case Check.Alerts alerts ->
          text(
              check,
              alerts.matchers(),
              alerts.severities().stream().sorted().toList(),
              alerts.ignore(),
              names(policy),
              start(policy));
      case Check.Bound bound ->
          text(
              check,
              bound.subject(),
              bound.total(),
              bound.bad(),
              bound.good(),
              warmup(bound.subject(), policy),
              start(policy));
      case Check.Relative relative ->
          text(
              check,
              relative.subject(),
              relative.total(),
              relative.bad(),
              relative.boundaries(),
              warmup(relative.subject(), policy),
              start(policy));
      case Check.Paired paired -> text(check, paired.probe(), paired.rate(), start(policy));
      case Check.Gauge gauge -> text(check, gauge.selector(), start(policy));
      case Check.Budget budget ->
          text(check, budget.total(), budget.bad(), budget.objective(), budget.window());
    };
  }

  private static String text(Check check, Object... inputs) {
    return check.kind() + List.of(inputs);
  }

  private static String start(GatePolicy policy) {
    return policy.checks().stream()
        .filter(it -> it instanceof Check.Version || it instanceof Check.Restarts)
        .map(it -> of(it, policy))
        .toList()
        .toString();
  }

  /* They attribute alerts. */
  private static List<List<PolicyText>> names(GatePolicy policy) {
    return policy.checks().stream()
        .filter(Check.Probes.class::isInstance)
        .map(Check::templates)
        .toList();
  }

  private static String warmup(Check.Subject subject, GatePolicy policy) {
    return switch (subject) {
      case ERRORS -> "";
      case LATENCY -> policy.warmup().toString();
    };
  }
}
