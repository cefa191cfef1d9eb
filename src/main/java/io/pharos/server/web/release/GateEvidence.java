package io.pharos.server.web.release;

import io.pharos.gate.Gate;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.hindsight.RateEstimate;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.gate.judge.CheckView;
import io.pharos.gate.judge.EvidenceCourse;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The stored evidence of a gate.
///
/// @param judged the policy and the deployment; empty if they cannot be read
/// @param observations in order; of very many, only some
/// @param problems what cannot be read, as sentences
/// @param from the earliest time that the gate considers
/// @param to its end, or now
record GateEvidence(
    Optional<Gate> judged,
    List<Observation> observations,
    Map<String, List<EvidenceCourse>> courses,
    Map<String, RateEstimate> estimates,
    PolicyLines policy,
    List<String> problems,
    Instant from,
    Instant to) {
  /// Observations that are read for the charts.
  private static final int MAX_OBSERVATIONS = 1_200;

  private static final Duration BEFORE = Duration.ofMinutes(5);

  static GateEvidence of(StoredGate stored, Instant now) {
    GateRun run = stored.run();
    var problems = new ArrayList<String>();
    Optional<Gate> judged = judged(stored, problems);
    List<Observation> observations = observations(stored, problems);
    Instant decided = run.decidedAt();
    return new GateEvidence(
        judged,
        observations,
        judged
            .map(
                gate ->
                    EvidenceCourse.of(gate.policy(), gate.deployment(), gate.since(), observations))
            .orElse(Map.of()),
        RateEstimate.of(run.checks()).stream()
            .collect(Collectors.toMap(RateEstimate::check, Function.identity(), (one, _) -> one)),
        judged
            .map(it -> PolicyLines.of(it.policy()))
            .orElseGet(() -> PolicyLines.of(run.policyText())),
        problems,
        judged.map(Gate::since).orElse(run.openedAt()).minus(BEFORE),
        decided == null || run.isObserved() ? now : decided);
  }

  private static Optional<Gate> judged(StoredGate stored, List<String> problems) {
    GateRun run = stored.run();
    Optional<GatePolicy> policy = run.storedPolicy();
    if (policy.isEmpty()) {
      problems.add("The stored policy can't be read, so the charts are missing.");
      return Optional.empty();
    }
    try {
      Deployment deployment = stored.judgedDeployment();
      return Optional.of(new Gate(policy.get(), deployment, run.openedAt()));
    } catch (IllegalArgumentException e) {
      problems.add(
          "The stored deployment can't be read, so the charts are missing: "
              + PageText.of(String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  private static List<Observation> observations(StoredGate stored, List<String> problems) {
    int size = stored.trail().size();
    int stride = Math.ceilDiv(Math.max(1, size), MAX_OBSERVATIONS);
    var observations = new ArrayList<Observation>();
    for (int i = (size - 1) % stride; i < size && i >= 0; i += stride) {
      try {
        observations.add(Observation.fromJson(stored.trail().get(i).observation()));
      } catch (IllegalArgumentException e) {
        problems.add(
            "Observation %d can't be read: %s"
                .formatted(i + 1, PageText.of(String.valueOf(e.getMessage()))));
        break;
      }
    }
    return observations;
  }

  /// Returns the courses of a check.
  List<EvidenceCourse> courses(String check) {
    return courses.getOrDefault(check, List.of());
  }

  /// Returns the estimate of the rates of a check; empty if it counts no requests.
  Optional<RateEstimate> estimate(String check) {
    return Optional.ofNullable(estimates.get(check));
  }

  /// Returns the check with this id; empty if the policy cannot be read.
  Optional<Check> check(String id) {
    return judged.stream()
        .flatMap(it -> it.policy().checks().stream())
        .filter(it -> it.id().equals(id))
        .findFirst();
  }

  /// Returns the longest time between two observations that counts as observed.
  Duration maxGap() {
    return judged.map(it -> it.policy().maxGap()).orElse(BEFORE);
  }

  /// Whether an observation contains usable data of a check.
  boolean hasData(Check check, Observation observation) {
    return judged
        .map(it -> CheckView.hasData(check, it.policy(), it.deployment(), observation))
        .orElse(false);
  }

  /// Returns the times in which the gate was not observed, as sentences.
  List<String> gaps() {
    var gaps = new ArrayList<String>();
    for (int i = 1; i < observations.size(); i++) {
      Instant before = Instant.ofEpochMilli(observations.get(i - 1).atMillis());
      Instant after = Instant.ofEpochMilli(observations.get(i).atMillis());
      Duration gap = Duration.between(before, after);
      if (gap.compareTo(maxGap()) > 0) {
        gaps.add(
            "Nothing was observed for %s, from %s on."
                .formatted(PageTime.span(gap), PageTime.of(before).text()));
      }
    }
    return gaps;
  }
}
