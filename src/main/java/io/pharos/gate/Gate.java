package io.pharos.gate;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.AlertAttribution;
import io.pharos.gate.judge.Attribution;
import io.pharos.gate.judge.CheckResult;
import io.pharos.gate.judge.CheckView;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Judges one release. The verdict depends only on the policy, the deployment, the observations and
/// the time, so an audit trail can be replayed.
public record Gate(GatePolicy policy, Deployment deployment, Instant openedAt) {
  /// How long before its opening a gate may use data.
  private static final Duration MAX_PAST = Duration.ofHours(1);

  /// Returns the time from which the gate uses data: the start of the deployment, or an hour before
  /// the opening of the gate, whichever is later.
  public Instant since() {
    Instant earliest = openedAt.minus(MAX_PAST);
    return deployment.startedAt().isBefore(earliest) ? earliest : deployment.startedAt();
  }

  /// Returns when an undecided gate becomes inconclusive.
  public Instant deadline() {
    return openedAt.plus(policy.deadline());
  }

  /// Returns whether an alert is about this release or its service, and not about another release.
  public boolean concerns(Labels alert) {
    var attribution = new Attribution(policy, deployment, Set.of());
    if (attribution.attribute(alert) == AlertAttribution.OTHER) {
      return false;
    }
    List<Check.Alerts> alertChecks =
        policy.checks().stream()
            .filter(Check.Alerts.class::isInstance)
            .map(Check.Alerts.class::cast)
            .toList();
    return alertChecks.isEmpty()
        ? alert.get("service").equals(deployment.service())
        : alertChecks.stream().anyMatch(check -> attribution.counts(check, alert));
  }

  /// Judges the observations.
  ///
  /// The gate fails if a blocking check failed at any observation. It passes if every required
  /// check passes at the newest observation, that observation is recent, the candidate was observed
  /// for long enough and `now` is not after the deadline. A gate that has passed keeps its pass
  /// after the deadline as long as the other conditions hold. Otherwise the gate is running until
  /// the deadline and inconclusive after it.
  ///
  /// @param observations in order of time
  /// @param before the state of the gate after the previous observation
  public Verdict judge(List<Observation> observations, Instant now, GateState before) {
    List<CheckResult> results = CheckView.judge(policy, deployment, since(), observations);
    Optional<CheckResult> failed =
        results.stream()
            .filter(result -> result instanceof CheckResult.Fail && result.check().blocking())
            .findFirst();
    if (failed.isPresent()) {
      return new Verdict(
          GateState.FAIL,
          failed.get().code(),
          "The release must not continue: " + texts(failing(results)),
          results);
    }
    if (policy.checks().stream().noneMatch(Check::required)) {
      return new Verdict(
          GateState.INCONCLUSIVE,
          ReasonCode.NO_CHECKS,
          "The policy "
              + policy.id()
              + " has no required check, so no gate can pass. Add required checks to it.",
          results);
    }
    return decide(results, observations, now, before == GateState.PASS);
  }

  private Verdict decide(
      List<CheckResult> results, List<Observation> observations, Instant now, boolean passed) {
    List<CheckResult> missing = results.stream().filter(Gate::isMissing).toList();
    Duration soaked = observed(observations);
    boolean soakedEnough = soaked.compareTo(policy.minSoak()) >= 0;
    boolean isRecent =
        !observations.isEmpty()
            && now.toEpochMilli() - observations.getLast().atMillis() <= policy.maxGap().toMillis();
    if (missing.isEmpty() && soakedEnough && isRecent && (passed || !now.isAfter(deadline()))) {
      return new Verdict(
          GateState.PASS,
          ReasonCode.OK,
          "Every required check passed over %s of observation: %s"
              .formatted(PromDuration.format(soaked), texts(results)),
          results);
    }
    Optional<String> missingSoak =
        soakedEnough
            ? Optional.empty()
            : Optional.of(
                "The candidate was observed with data for %s; %s are required."
                    .formatted(PromDuration.format(soaked), PromDuration.format(policy.minSoak())));
    String unmet =
        texts(missing) + missingSoak.map(text -> missing.isEmpty() ? text : " " + text).orElse("");
    if (!now.isBefore(deadline())) {
      ReasonCode code = missing.isEmpty() ? ReasonCode.SOAK : missing.getFirst().code();
      return new Verdict(
          GateState.INCONCLUSIVE,
          code,
          (passed
                  ? "The pass is withdrawn: "
                  : "No verdict within " + PromDuration.format(policy.deadline()) + ": ")
              + (unmet.isEmpty() ? "the last observation is too old." : unmet),
          results);
    }
    return new Verdict(
        GateState.RUNNING,
        ReasonCode.WAITING,
        (passed ? "The pass is withdrawn: " : "")
            + (unmet.isEmpty() ? "Waiting for the next observation." : unmet),
        results);
  }

  /// Returns whether the gate cannot pass with this result. A suspicion holds the pass even if the
  /// check is not required.
  private static boolean isMissing(CheckResult result) {
    boolean suspect = result.check().blocking() && result.code() == ReasonCode.SUSPECT;
    return suspect || (result.check().required() && !(result instanceof CheckResult.Pass));
  }

  /// Returns how long the candidate was observed with data of every required check. Time between
  /// observations that are further apart than [GatePolicy#maxGap] does not count.
  private Duration observed(List<Observation> observations) {
    long millis = 0;
    for (int i = 1; i < observations.size(); i++) {
      long gap = observations.get(i).atMillis() - observations.get(i - 1).atMillis();
      if (gap > 0
          && gap <= policy.maxGap().toMillis()
          && hasData(observations.get(i - 1))
          && hasData(observations.get(i))) {
        millis += gap;
      }
    }
    return Duration.ofSeconds(millis / 1000);
  }

  private boolean hasData(Observation observation) {
    return policy.checks().stream()
        .filter(Check::required)
        .allMatch(check -> CheckView.hasData(check, policy, deployment, observation));
  }

  private static List<CheckResult> failing(List<CheckResult> results) {
    return results.stream().filter(CheckResult.Fail.class::isInstance).toList();
  }

  private static String texts(List<CheckResult> results) {
    return results.stream().map(CheckResult::text).collect(Collectors.joining(" "));
  }
}
