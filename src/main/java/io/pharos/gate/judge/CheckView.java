package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One check with all observations of its gate.
///
/// @param observations in order of time
/// @param tracks the evidence of comparisons by their id, shared by the views of one judgement
public record CheckView(
    Check check,
    GatePolicy policy,
    Deployment deployment,
    Instant since,
    List<Observation> observations,
    Map<String, ComparisonTrack> tracks) {
  /// The evidence at which a candidate counts as better than the baseline: that of a failure in the
  /// other direction.
  private static final double BETTER_LOG = Math.log(100);

  CheckView(
      Check check,
      GatePolicy policy,
      Deployment deployment,
      Instant since,
      List<Observation> observations) {
    this(check, policy, deployment, since, observations, new HashMap<>());
  }

  /// Judges all checks of a policy.
  ///
  /// @return the results after the newest observation, in the order of the policy
  public static List<CheckResult> judge(
      GatePolicy policy, Deployment deployment, Instant since, List<Observation> observations) {
    var tracks = new HashMap<String, ComparisonTrack>();
    return policy.checks().stream()
        .map(check -> new CheckView(check, policy, deployment, since, observations, tracks))
        .map(CheckView::judge)
        .toList();
  }

  private CheckResult judge() {
    if (observations.isEmpty()) {
      return unknown(ReasonCode.WAITING, "nothing has been observed yet.", Evidence.none());
    }

    return switch (check) {
      case Check.Version version -> StateJudge.version(version, this);
      case Check.UnprovenVersion unproven -> StateJudge.unproven(unproven, this);
      case Check.Restarts restarts -> StateJudge.restarts(restarts, this);
      case Check.Probes probes -> StateJudge.probes(probes, this);
      case Check.Alerts alerts -> AlertJudge.judge(alerts, this);
      case Check.Bound bound -> BoundJudge.judge(bound, this);
      case Check.Comparing comparing -> RelativeJudge.judge(comparing, this);
      case Check.Gauge gauge ->
          gauge.growth() ? GrowthJudge.judge(gauge, this) : GaugeJudge.judge(gauge, this);
      case Check.Budget budget -> BudgetJudge.judge(budget, this);
    };
  }

  /// Returns whether an observation contains a usable reading of the check.
  public static boolean hasData(
      Check check, GatePolicy policy, Deployment deployment, Observation observation) {
    return ReadingProblem.of(check, policy, deployment, observation).isEmpty();
  }

  /// Returns the evidence of a comparison.
  ComparisonTrack track(Check.Comparing comparing) {
    return tracks.computeIfAbsent(comparing.id(), _ -> ComparisonTrack.of(comparing, this));
  }

  Observation newest() {
    return observations.getLast();
  }

  /// Returns the newest reading of a check, which must have no problem.
  <R extends Reading> R newest(Check readCheck, Class<R> kind) {
    Reading reading = newest().of(readCheck);
    if (!kind.isInstance(reading)) {
      throw new IllegalStateException(
          "expected a reading of the kind "
              + kind.getSimpleName()
              + " for the check "
              + readCheck.id()
              + ", found "
              + reading.getClass().getSimpleName());
    }
    return kind.cast(reading);
  }

  Optional<ReadingProblem> problem(Observation observation) {
    return ReadingProblem.of(check, policy, deployment, observation);
  }

  /// Returns whether the deployment is meant to repair a fault.
  boolean isFix() {
    return deployment.announcement().intent() == Intent.FIX;
  }

  /// Returns whether the candidate fails fewer requests than the baseline: it then repairs a fault,
  /// even if nobody announced that.
  boolean isBetter() {
    return policy.checks().stream()
        .filter(Check.Relative.class::isInstance)
        .map(Check.Relative.class::cast)
        .filter(relative -> relative.subject() != Check.Subject.LATENCY)
        .anyMatch(relative -> track(relative).points().getLast().logBetter() >= BETTER_LOG);
  }

  /// Returns whether the counts of an observation may be used as evidence. A restart of the
  /// candidate does not prevent that, because it can lose requests but cannot add any.
  boolean isCounted(Check countingCheck, Observation observation) {
    return ReadingProblem.of(countingCheck, policy, deployment, observation)
        .map(problem -> problem.code() == ReasonCode.COUNTER_RESET)
        .orElse(true);
  }

  /// Returns the result for an unusable reading.
  CheckResult unknown(ReadingProblem problem) {
    return unknown(problem.code(), problem.text() + ".", Evidence.none());
  }

  CheckResult unknown(ReasonCode code, String sentence, Evidence evidence) {
    return new CheckResult.Unknown(check, code, check.id() + ": " + sentence, evidence);
  }

  CheckResult fail(ReasonCode code, String sentence, Evidence evidence) {
    return new CheckResult.Fail(check, code, check.id() + ": " + sentence, evidence);
  }

  CheckResult pass(String sentence, Evidence evidence) {
    return new CheckResult.Pass(check, check.id() + ": " + sentence, evidence);
  }
}
