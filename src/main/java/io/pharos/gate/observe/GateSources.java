package io.pharos.gate.observe;

import io.pharos.promql.value.Evaluator;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;

/// The sources of a gate's observations.
public record GateSources(
    Evaluator evaluator,
    FiringAlerts firingAlerts,
    CandidateProbes candidateProbes,
    PairedProbes pairedProbes,
    TargetFaults targetFaults) {
  /// Returns the sources for an engine that also contains the probes' series.
  ///
  /// @param gaps series that the engine does not receive at the moment; queries of these series are
  ///   refused
  /// @param continuity detects clock steps, which are reported as gaps
  /// @param pairedProbes probes both sides of a release
  /// @param probeLabel the label of `probe_success` that contains a probe's name
  public static GateSources of(
      Evaluator engine,
      ObservationGaps gaps,
      TimeContinuity continuity,
      FiringAlerts firingAlerts,
      PairedProbes pairedProbes,
      String probeLabel) {
    var gapAware = new GapAwareEvaluator(engine, gaps, continuity);
    return new GateSources(
        gapAware,
        firingAlerts,
        new ProbeSeries(gapAware, probeLabel),
        pairedProbes,
        TargetFaults.unknown());
  }

  /// Returns these sources with the faults of scraped targets.
  public GateSources with(TargetFaults faults) {
    return new GateSources(evaluator, firingAlerts, candidateProbes, pairedProbes, faults);
  }
}
