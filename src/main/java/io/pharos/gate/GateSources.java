package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.value.Evaluator;

/// Where a gate's observations come from.
public record GateSources(
    Evaluator evaluator, FiringAlerts firingAlerts, CandidateProbes candidateProbes) {
  public GateSources {
    requireNonNull(evaluator, "evaluator is null");
    requireNonNull(firingAlerts, "firingAlerts is null");
    requireNonNull(candidateProbes, "candidateProbes is null");
  }
}
