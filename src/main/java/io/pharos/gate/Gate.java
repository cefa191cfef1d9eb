package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.Deployment;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The judgement on one release: a pure function of the policy, the deployment, what was observed
/// and the time. The same input gives the same verdict, so an audit trail can be replayed.
public final class Gate {
  /// How far before its opening a gate looks at a deployment that started earlier.
  private static final Duration MAX_PAST = Duration.ofHours(1);

  private final GatePolicy policy;
  private final Deployment deployment;
  private final Instant openedAt;

  public Gate(GatePolicy policy, Deployment deployment, Instant openedAt) {
    this.policy = requireNonNull(policy, "policy is null");
    this.deployment = requireNonNull(deployment, "deployment is null");
    this.openedAt = requireNonNull(openedAt, "openedAt is null");
  }

  /// From when on the candidate is looked at: the start of the deployment, or an hour before the
  /// gate was opened where that is later.
  public Instant since() {
    Instant earliest = openedAt.minus(MAX_PAST);
    return deployment.startedAt().isBefore(earliest) ? earliest : deployment.startedAt();
  }

  public Instant deadline() {
    return openedAt.plus(policy.deadline());
  }

  /// Whether an alert speaks of this release or of its service, and of nobody else.
  public boolean concerns(Labels alert) {
    var attribution = new Attribution(policy, deployment, Set.of());
    if (attribution.whose(alert) == AlertAttribution.OTHER) {
      return false;
    }
    List<Check.Alerts> asked =
        policy.checks().stream()
            .filter(Check.Alerts.class::isInstance)
            .map(Check.Alerts.class::cast)
            .toList();
    return asked.isEmpty()
        ? alert.get("service").equals(deployment.service())
        : asked.stream().anyMatch(check -> attribution.counts(check, alert));
  }

  /// What the observations say at a time.
  ///
  /// A failure needs one blocking check that failed at any observation. A pass needs every required
  /// check at the newest one, enough observed time, and `now` not after the deadline; one that was
  /// given before stands as long as that holds, also after the deadline. Everything else is running
  /// until the deadline and inconclusive from then on.
  ///
  /// @param observations in order of time
  /// @param before what the observations before the newest one gave
  public Verdict judge(List<Observation> observations, Instant now, GateState before) {
    var results = new ArrayList<CheckResult>();
    for (Check check : policy.checks()) {
      results.add(judge(check, observations));
    }
    Optional<CheckResult> failed =
        results.stream()
            .filter(result -> result instanceof CheckResult.Fail && result.check().blocking())
            .findFirst();
    if (failed.isPresent()) {
      return new Verdict.Fail(
          failed.get().code(), "The release must not go on: " + texts(failing(results)), results);
    }
    if (policy.checks().stream().noneMatch(Check::required)) {
      return new Verdict.Inconclusive(
          ReasonCode.NO_CHECKS,
          "The policy "
              + policy.id()
              + " has no required check, so nothing can pass; add checks to it.",
          results);
    }
    return decide(results, observations, now, before == GateState.PASS);
  }

  private Verdict decide(
      List<CheckResult> results, List<Observation> observations, Instant now, boolean passed) {
    List<CheckResult> missing =
        results.stream()
            .filter(result -> result.check().required() && !(result instanceof CheckResult.Pass))
            .toList();
    Duration soaked = observed(observations);
    boolean enough = soaked.compareTo(policy.minSoak()) >= 0;
    boolean fresh =
        !observations.isEmpty()
            && now.toEpochMilli() - observations.getLast().atMillis() <= policy.maxGap().toMillis();
    if (missing.isEmpty() && enough && fresh && (passed || !now.isAfter(deadline()))) {
      return new Verdict.Pass(
          "Every required check passed over "
              + PromDuration.format(soaked)
              + " of observation: "
              + texts(results),
          results);
    }
    Optional<String> soak =
        enough
            ? Optional.empty()
            : Optional.of(
                "The candidate was observed with data for "
                    + PromDuration.format(soaked)
                    + "; "
                    + PromDuration.format(policy.minSoak())
                    + " are required.");
    String wanting =
        texts(missing) + soak.map(text -> missing.isEmpty() ? text : " " + text).orElse("");
    if (!now.isBefore(deadline())) {
      ReasonCode code = missing.isEmpty() ? ReasonCode.SOAK : missing.getFirst().code();
      return new Verdict.Inconclusive(
          code,
          (passed
                  ? "The pass is withdrawn: "
                  : "Not decided within " + PromDuration.format(policy.deadline()) + ": ")
              + (wanting.isEmpty() ? "the last observation is too old." : wanting),
          results);
    }
    return new Verdict.Running(
        (passed ? "The pass is withdrawn: " : "")
            + (wanting.isEmpty() ? "The next observation is awaited." : wanting),
        results);
  }

  private CheckResult judge(Check check, List<Observation> observations) {
    if (observations.isEmpty()) {
      return new CheckResult.Unknown(
          check, ReasonCode.WAITING, check.id() + ": nothing was observed yet.", Evidence.none());
    }
    var view = new CheckView(check, policy, deployment, since(), observations);
    return switch (check) {
      case Check.Version version -> StateJudge.version(version, view);
      case Check.UnprovenVersion unproven -> StateJudge.unproven(unproven, view);
      case Check.Restarts restarts -> StateJudge.restarts(restarts, view);
      case Check.Probes probes -> StateJudge.probes(probes, view);
      case Check.Alerts alerts -> StateJudge.alerts(alerts, view);
      case Check.Bound bound -> BoundJudge.judge(bound, view);
      case Check.Comparing comparing -> RelativeJudge.judge(comparing, view);
      case Check.Gauge gauge -> GaugeJudge.judge(gauge, view);
      case Check.Budget budget -> BudgetJudge.judge(budget, view);
    };
  }

  /// How long the candidate was observed with data of every required check. A gap longer than three
  /// intervals counts as nothing, whatever follows it.
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
        .allMatch(check -> ReadingProblem.of(check, policy, deployment, observation).isEmpty());
  }

  private static List<CheckResult> failing(List<CheckResult> results) {
    return results.stream().filter(CheckResult.Fail.class::isInstance).toList();
  }

  private static String texts(List<CheckResult> results) {
    return results.stream().map(CheckResult::text).collect(Collectors.joining(" "));
  }
}
