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
      return unknown(
          ReasonCode.WAITING, Sentence.of("nothing has been observed yet."), Evidence.none());
    }

    return switch (check) {
      case Check.Version version -> StateJudge.version(version, this);
      case Check.UnprovenVersion _ -> StateJudge.unproven(this);
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

  /// Returns whether a sample of that time would be too old.
  boolean isOld(long millis) {
    return newest().atMillis() - millis > policy.maxAge().toMillis();
  }

  /// Returns the result for counters that show no request; they may be wrong if other checks saw
  /// requests.
  ///
  /// @param fromMillis since when requests count
  /// @param needed number of requests that the check needs
  /// @param otherwise the result if no other check saw that many requests
  CheckResult untouched(long fromMillis, long needed, CheckResult otherwise) {
    long elsewhere =
        policy.checks().stream()
            .filter(other -> !other.id().equals(check.id()))
            .mapToLong(other -> requests(other, fromMillis))
            .max()
            .orElse(0);
    return elsewhere < needed
        ? otherwise
        : unknown(
            ReasonCode.NO_DATA,
            Sentence.of(
                "these counters show none of %d requests that others show: does the metrics page stand still, or is the selector wrong?",
                elsewhere),
            otherwise.evidence());
  }

  /* What was counted before the first observation after that time may be older. */
  private long requests(Check other, long fromMillis) {
    double[] totals =
        observations.stream()
            .filter(observation -> observation.atMillis() >= fromMillis)
            .mapToDouble(
                observation ->
                    switch (observation.of(other)) {
                      case Reading.Counts counts -> counts.total();
                      case Reading.Comparison comparison -> comparison.candidate().total();
                      default -> Double.NaN;
                    })
            .filter(total -> !Double.isNaN(total))
            .toArray();
    return totals.length == 0 ? 0 : Math.round(totals[totals.length - 1] - totals[0]);
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
    return unknown(problem, List.of());
  }

  /// @param queries the expressions that were evaluated
  CheckResult unknown(ReadingProblem problem, List<String> queries) {
    return unknown(
        problem.code(),
        Sentence.of(problem.text().isQuestion() ? "%s" : "%s.", problem.text()),
        Evidence.none().withQueries(queries));
  }

  CheckResult unknown(ReasonCode code, Sentence sentence, Evidence evidence) {
    return new CheckResult.Unknown(check, code, text(sentence), evidence);
  }

  CheckResult fail(ReasonCode code, Sentence sentence, Evidence evidence) {
    return new CheckResult.Fail(check, code, text(sentence), evidence);
  }

  CheckResult pass(Sentence sentence, Evidence evidence) {
    return new CheckResult.Pass(check, text(sentence), evidence);
  }

  private String text(Sentence sentence) {
    return Sentence.ofCheck(check.id(), sentence);
  }
}
