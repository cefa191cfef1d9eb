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
import io.pharos.model.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Judges one release. The verdict depends only on the policy, the deployment, the observations and
/// the time, so an audit trail can be replayed.
public record Gate(GatePolicy policy, Deployment deployment, Instant openedAt) {
  /// How long before its opening a gate may use data.
  private static final Duration MAX_PAST = Duration.ofHours(1);

  /// Maximum number of checks that a summary names beside the first: what a phone shows.
  private static final int MAX_NAMES = 3;

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
          summary("The release must not continue: ", failing(results), ""),
          results);
    }
    if (policy.checks().stream().noneMatch(Check::required)) {
      return new Verdict(
          GateState.INCONCLUSIVE,
          ReasonCode.NO_CHECKS,
          "The policy %s has no required check, so no gate can pass: add required checks."
              .formatted(Quoted.cut(policy.id(), CheckResult.MAX_TEXT / 2)),
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
      return new Verdict(GateState.PASS, ReasonCode.OK, passed(results, soaked), results);
    }
    boolean isOver = !now.isBefore(deadline());
    String before =
        passed
            ? "The pass is withdrawn: "
            : isOver ? "No verdict within " + PromDuration.format(policy.deadline()) + ": " : "";
    String unmet =
        soakedEnough
            ? isOver ? "the last observation is too old." : "Waiting for the next observation."
            : "The candidate was observed with data for %s; %s are required."
                .formatted(PromDuration.format(soaked), PromDuration.format(policy.minSoak()));
    return new Verdict(
        isOver ? GateState.INCONCLUSIVE : GateState.RUNNING,
        !isOver
            ? ReasonCode.WAITING
            : missing.isEmpty() ? ReasonCode.SOAK : missing.getFirst().code(),
        summary(before, missing, unmet),
        results);
  }

  /// Returns whether the gate cannot pass with this result. A suspicion, or a baseline that had
  /// requests at other times only, holds the pass even if the check is not required.
  private static boolean isMissing(CheckResult result) {
    boolean holds =
        result.check().blocking()
            && (result.code() == ReasonCode.SUSPECT || result.code() == ReasonCode.NOT_COMPARED);
    return holds || (result.check().required() && !(result instanceof CheckResult.Pass));
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

  /// Returns the sentence of the first result, which gives the gate its code. If there is room, it
  /// begins with `before` and names the other checks.
  ///
  /// @param none the sentence if there is no result
  private static String summary(String before, List<CheckResult> results, String none) {
    if (results.isEmpty()) {
      return before + none;
    }
    String first = results.getFirst().text();
    int end = first.length() - 1;
    List<CheckResult> others = results.subList(1, results.size());
    String also = others.isEmpty() ? "" : " (also: " + names(others) + ")";
    return firstThatFits(
        List.of(
            before + first.substring(0, end) + also + first.substring(end), before + first, first));
  }

  private static String passed(List<CheckResult> results, Duration soaked) {
    long requests =
        results.stream()
            .filter(result -> !(result.check() instanceof Check.Paired)) // Pharos sent those
            .map(result -> result.evidence().total())
            .filter(Objects::nonNull)
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    String passed =
        "Every required check passed over %s with %d requests"
            .formatted(PromDuration.format(soaked), requests);
    List<CheckResult> others =
        results.stream().filter(result -> !(result instanceof CheckResult.Pass)).toList();
    return others.isEmpty()
        ? passed + "."
        : firstThatFits(
            List.of(
                passed + "; not required: " + others.getFirst().text(),
                passed + "; not required: " + names(others) + ".",
                passed + "."));
  }

  private static String firstThatFits(List<String> texts) {
    return texts.stream()
        .filter(text -> text.length() <= CheckResult.MAX_TEXT)
        .findFirst()
        .orElseGet(texts::getLast);
  }

  private static String names(List<CheckResult> results) {
    String names =
        results.stream()
            .limit(MAX_NAMES)
            .map(result -> result.check().id())
            .collect(Collectors.joining(", "));
    int more = results.size() - MAX_NAMES;
    return more > 0 ? names + " and " + more + " more" : names;
  }
}
