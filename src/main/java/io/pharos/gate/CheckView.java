package io.pharos.gate;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Intent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One check beside everything that was observed for it.
///
/// @param observations at least one, in order of time
record CheckView(
    Check check,
    GatePolicy policy,
    Deployment deployment,
    Instant since,
    List<Observation> observations) {
  Observation newest() {
    return observations.getLast();
  }

  Optional<ReadingProblem> trouble(Observation observation) {
    return ReadingProblem.of(check, policy, deployment, observation);
  }

  /// Whether the deployment is meant to mend what is broken.
  boolean isFix() {
    return deployment.announcement().intent() == Intent.FIX;
  }

  /// Whether the counts of an observation are evidence: a restart of the candidate loses requests
  /// and makes up none.
  boolean isCounted(Check of, Observation observation) {
    return ReadingProblem.of(of, policy, deployment, observation)
        .map(trouble -> trouble.code() == ReasonCode.COUNTER_RESET)
        .orElse(true);
  }

  /// The result while a reading can't be relied on.
  CheckResult unknown(ReadingProblem trouble) {
    return unknown(trouble.code(), trouble.text() + ".", Evidence.none());
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
