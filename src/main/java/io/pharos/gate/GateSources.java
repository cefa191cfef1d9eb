package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.value.Evaluator;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;

/// Where a gate's observations come from.
public record GateSources(
    Evaluator evaluator,
    FiringAlerts firingAlerts,
    CandidateProbes candidateProbes,
    PairedProbes pairedProbes) {
  /// Those of an engine that has the series of probes too.
  ///
  /// @param blindness what the engine lacks at the moment; what looks at it has no answer
  /// @param continuity whether the time goes on; where it does not, blindness is told
  /// @param pairedProbes asks both sides of a release
  /// @param probeLabel the label of `probe_success` that holds a probe's name
  public static GateSources of(
      Evaluator engine,
      ObservationGaps blindness,
      TimeContinuity continuity,
      FiringAlerts firingAlerts,
      PairedProbes pairedProbes,
      String probeLabel) {
    var seen = new GapAwareEvaluator(engine, blindness, continuity);
    return new GateSources(seen, firingAlerts, new ProbeSeries(seen, probeLabel), pairedProbes);
  }

  public GateSources {
    requireNonNull(evaluator, "evaluator is null");
    requireNonNull(firingAlerts, "firingAlerts is null");
    requireNonNull(candidateProbes, "candidateProbes is null");
    requireNonNull(pairedProbes, "pairedProbes is null");
  }
}
