package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The reason why a reading is unusable. A check is unknown while its reading has a problem, and
/// that time does not count as observed.
///
/// @param text a sentence without its full stop
record ReadingProblem(ReasonCode code, Sentence text) {
  /// How far a time may be ahead of Pharos' clock.
  static final Duration MAX_AHEAD = Duration.ofSeconds(5);

  private static Optional<ReadingProblem> problem(ReasonCode code, String text, Object... parts) {
    return Optional.of(new ReadingProblem(code, Sentence.of(text, parts)));
  }

  /// Returns the problem of a check's reading in an observation; empty if the reading is usable.
  static Optional<ReadingProblem> of(
      Check check, GatePolicy policy, Deployment deployment, Observation observation) {
    long atMillis = observation.atMillis();
    if (isAhead(deployment.startedAt().toEpochMilli(), atMillis)) {
      return problem(
          ReasonCode.CLOCK_SKEW,
          "the deployment starts at %s, but Pharos' clock is at %s; set the clocks",
          Sentence.time(deployment.startedAt().toEpochMilli()),
          Sentence.time(atMillis));
    }
    Reading reading = observation.of(check);
    if (reading instanceof Reading.Unavailable(String reason)) {
      return problem(ReasonCode.TELEMETRY, "%s", reason);
    }
    if (reading instanceof Reading.Awaited) {
      return problem(
          ReasonCode.NOT_STARTED,
          "the candidate has not been observed since the deployment began at %s: does it run, and is it scraped (/targets)?",
          Sentence.time(deployment.startedAt().toEpochMilli()));
    }
    return switch (check) {
      case Check.UnprovenVersion _ -> Optional.empty();
      case Check.Restarts _ when reading instanceof Reading.Processes processes ->
          ofProcesses(processes, policy, deployment, atMillis);
      case Check.Version _ when reading instanceof Reading.Versions versions ->
          ofVersions(versions, policy, atMillis);
      case Check.Probes probes when reading instanceof Reading.Probes results ->
          ofProbes(probes, results, policy, atMillis);
      case Check.Alerts alerts when reading instanceof Reading.Alerts active ->
          ofAlerts(alerts, active, atMillis);
      case Check.Bound bound when reading instanceof Reading.Counts counts ->
          ofCounts(bound, counts, policy, atMillis);
      case Check.Relative relative when reading instanceof Reading.Comparison comparison ->
          ofComparison(relative, comparison, policy, deployment, atMillis);
      case Check.Paired _ when reading instanceof Reading.Pairs pairs ->
          ofPairs(pairs, policy, atMillis);
      case Check.Gauge _ when reading instanceof Reading.Levels levels ->
          ofLevels(levels, policy, atMillis);
      case Check.Budget _ when reading instanceof Reading.Budget _ -> Optional.empty();
      case Check.Version _,
          Check.Restarts _,
          Check.Probes _,
          Check.Alerts _,
          Check.Bound _,
          Check.Relative _,
          Check.Paired _,
          Check.Gauge _,
          Check.Budget _ ->
          problem(ReasonCode.TELEMETRY, "the stored reading belongs to another kind of check");
    };
  }

  private static Optional<ReadingProblem> ofVersions(
      Reading.Versions versions, GatePolicy policy, long atMillis) {
    if (versions.instances().isEmpty()) {
      return problem(
          ReasonCode.NO_DATA,
          "no series reports the version that the candidate runs; is it scraped (/targets), and the"
              + " policy's selector right?");
    }
    if (versions.instances().stream().allMatch(Reading.Instance::gone)) {
      return gone("every series of the candidate's version");
    }
    long newest =
        versions.instances().stream().mapToLong(Reading.Instance::lastMillis).max().orElse(0);
    return ofAge(newest, policy.maxAge(), atMillis, "sample of the candidate's version");
  }

  private static Optional<ReadingProblem> gone(String subject) {
    return problem(
        ReasonCode.GONE,
        "%s has ended: the candidate stopped, or it is no longer scraped",
        subject);
  }

  private static Optional<ReadingProblem> ofProcesses(
      Reading.Processes processes, GatePolicy policy, Deployment deployment, long atMillis) {
    List<Reading.Process> instances = processes.processes();
    if (instances.isEmpty()) {
      return problem(ReasonCode.NO_DATA, "no series reports when the candidate's process started");
    }
    if (instances.stream().allMatch(Reading.Process::gone)) {
      return gone("every series of the candidate's process start");
    }
    boolean proven = policy.checks().stream().anyMatch(Check.Version.class::isInstance);
    if (!proven && instances.stream().noneMatch(Reading.Process::isNew)) {
      return problem(
          ReasonCode.NOT_STARTED,
          "the process has run since %s; none has started since the deployment began at %s",
          Sentence.time(instances.getFirst().startedMillis()),
          Sentence.time(deployment.startedAt().toEpochMilli()));
    }
    long newest = instances.stream().mapToLong(Reading.Process::lastMillis).max().orElse(0);
    return ofAge(newest, policy.maxAge(), atMillis, "sample of the candidate's process start");
  }

  private static Optional<ReadingProblem> ofProbes(
      Check.Probes check, Reading.Probes results, GatePolicy policy, long atMillis) {
    int missing = check.names().size() - results.probes().size();
    if (missing > 0) {
      return problem(
          ReasonCode.NO_DATA,
          "%d of %d probes have no result yet: are they in the probe files (/probes)?",
          missing,
          check.names().size());
    }
    for (Reading.Probe probe : results.probes()) {
      var problem =
          ofAge(
              probe.lastMillis(), policy.maxAge(), atMillis, "result of the probe " + probe.name());
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  private static Optional<ReadingProblem> ofAlerts(
      Check.Alerts check, Reading.Alerts active, long atMillis) {
    if (active.rules() == 0) {
      return problem(
          ReasonCode.NO_DATA,
          "no alerting rule is loaded, so the absence of alerts proves nothing");
    }
    return ofAge(active.evaluatedMillis(), check.maxAge(), atMillis, "evaluation of the rules");
  }

  private static Optional<ReadingProblem> ofCounts(
      Check.Bound check, Reading.Counts counts, GatePolicy policy, long atMillis) {
    if (counts.series() == 0) {
      return problem(ReasonCode.NO_DATA, "no series of requests matches the policy's selector");
    }
    if (counts.goodSeries() == 0) {
      return problem(
          ReasonCode.NO_DATA,
          "no series of good requests matches the policy's selector; the le in it must be a bucket"
              + " boundary of the histogram");
    }
    if (counts.notNumbers() > 0) {
      return notNumbers(counts.notNumbers());
    }
    if (counts.gone()) {
      return gone("every series of requests");
    }
    var age = ofAge(counts.newestMillis(), policy.maxAge(), atMillis, "sample of the requests");
    if (age.isPresent()) {
      return age;
    }
    if (counts.bad() < 0 || counts.bad() > counts.total()) {
      return problem(
          ReasonCode.INCONSISTENT,
          "%d bad of %d requests is impossible; the next observation may be consistent again",
          Math.round(counts.bad()),
          Math.round(counts.total()));
    }
    return ofResets(counts.resets(), check.subject());
  }

  private static Optional<ReadingProblem> ofComparison(
      Check.Relative check,
      Reading.Comparison reading,
      GatePolicy policy,
      Deployment deployment,
      long atMillis) {
    if (reading.candidate().series() == 0) {
      return problem(
          ReasonCode.NO_DATA,
          "no series of the candidate's requests matches the policy's selector");
    }
    if (reading.baseline().series() == 0) {
      return problem(
          ReasonCode.NO_BASELINE,
          check.isInPlace(deployment)
              ? "nothing was measured before, as with a first release; the other checks judge it"
              : "no series of the baseline's requests matches the policy's selector");
    }
    if (check.subject() == Check.Subject.LATENCY && reading.boundaries().isEmpty()) {
      return problem(ReasonCode.NO_DATA, "the histograms of both sides have no bucket in common");
    }
    int notNumbers = reading.candidate().notNumbers() + reading.baseline().notNumbers();
    if (notNumbers > 0) {
      return notNumbers(notNumbers);
    }
    return ofAge(
            reading.candidate().newestMillis(),
            policy.maxAge(),
            atMillis,
            "sample of the candidate's requests")
        .or(
            () ->
                ofAge(
                    reading.baseline().newestMillis(),
                    policy.maxAge(),
                    atMillis,
                    "sample of the baseline's requests"))
        .or(() -> ofResets(reading.candidate().resets(), check.subject()));
  }

  private static Optional<ReadingProblem> ofPairs(
      Reading.Pairs pairs, GatePolicy policy, long atMillis) {
    if (pairs.baseline().isEmpty()) {
      return problem(
          ReasonCode.NO_BASELINE, "the deployment names no baseline to compare the candidate with");
    }
    if (pairs.newestMillis() == 0 && pairs.reason().isEmpty()) {
      return problem(
          ReasonCode.STARTING,
          "the probe %s has not succeeded since paired probing began",
          pairs.candidate());
    }
    if (pairs.pairs() == 0 && !pairs.reason().isEmpty()) {
      return problem(ReasonCode.TELEMETRY, "%s", pairs.reason());
    }
    return ofAge(pairs.newestMillis(), policy.maxAge(), atMillis, "pair of probes");
  }

  private static Optional<ReadingProblem> ofLevels(
      Reading.Levels levels, GatePolicy policy, long atMillis) {
    if (levels.candidateMillis() == 0 || levels.baselineMillis() == 0) {
      boolean candidate = levels.candidateMillis() == 0;
      return problem(
          candidate ? ReasonCode.NO_DATA : ReasonCode.NO_BASELINE,
          "no series of the gauge has a value for the %s",
          candidate ? "candidate" : "baseline");
    }
    return ofAge(
        Math.min(levels.candidateMillis(), levels.baselineMillis()),
        policy.maxAge(),
        atMillis,
        "sample of the gauge");
  }

  private static Optional<ReadingProblem> notNumbers(int samples) {
    return problem(
        ReasonCode.NOT_A_NUMBER, "%d samples of the counters are not finite numbers", samples);
  }

  private static Optional<ReadingProblem> ofResets(int resets, Check.Subject subject) {
    if (resets == 0) {
      return Optional.empty();
    }
    return problem(
        ReasonCode.COUNTER_RESET,
        "a counter of the %s was reset %d times since the candidate started, so requests before that are unknown: does it restart?",
        subject == Check.Subject.LATENCY ? "request times" : "requests",
        resets);
  }

  private static Optional<ReadingProblem> ofAge(
      long newest, Duration maxAge, long atMillis, String subject) {
    if (isAhead(newest, atMillis)) {
      return problem(
          ReasonCode.CLOCK_SKEW,
          "the newest %s is %s ahead of Pharos' clock, at most %s is accepted; set the clocks",
          subject,
          PromDuration.format(newest - atMillis),
          PromDuration.format(MAX_AHEAD));
    }
    if (atMillis - newest > maxAge.toMillis()) {
      return problem(
          ReasonCode.STALE,
          "the newest %s is %s old, at most %s is accepted; is it still scraped (/targets)?",
          subject,
          PromDuration.format(atMillis - newest),
          PromDuration.format(maxAge));
    }
    return Optional.empty();
  }

  private static boolean isAhead(long time, long atMillis) {
    return time - atMillis > MAX_AHEAD.toMillis();
  }
}
