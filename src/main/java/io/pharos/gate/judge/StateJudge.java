package io.pharos.gate.judge;

import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.policy.Check;
import io.pharos.model.PromDuration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Judges the checks of the candidate's version, restarts and probes.
final class StateJudge {
  /// Minimum number of scrapes before the version of an instance counts.
  private static final int MIN_SCRAPES = 3;

  private StateJudge() {}

  static CheckResult version(Check.Version check, CheckView view) {
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    Reading.Versions versions = view.newest(check, Reading.Versions.class);
    long atMillis = view.newest().atMillis();
    String wanted = view.deployment().version();
    var others = new TreeSet<String>();
    int announcedRunning = 0;
    int settled = 0;
    for (Reading.Instance instance : versions.instances()) {
      if (instance.gone() || atMillis - instance.lastMillis() > view.policy().maxAge().toMillis()) {
        continue; // the instance was replaced, or is no longer scraped
      }
      Optional<String> other = other(view.deployment().announcement(), instance);
      if (other.isPresent()) {
        others.add(other.get());
      } else {
        announcedRunning++;
        settled += instance.samples() >= MIN_SCRAPES ? 1 : 0;
      }
    }
    var evidence = Evidence.of(settled, check.instances(), List.of());
    if (!others.isEmpty()) {
      return view.unknown(
          ReasonCode.WRONG_VERSION,
          Sentence.of(
              "%d instances run the announced %s, others run %s; start it on all of them, or announce what runs.",
              announcedRunning, wanted, String.join(", ", others)),
          evidence);
    }
    if (settled < check.instances()) {
      return view.unknown(
          ReasonCode.STARTING,
          Sentence.of(
              "%d of %d instances with %s have been scraped at least %d times; passes when all of them have.",
              settled, check.instances(), wanted, MIN_SCRAPES),
          evidence);
    }
    return view.pass(
        Sentence.of(
            "%d instances run %s; the check requires %d%s.",
            settled,
            wanted,
            check.instances(),
            proven(view.deployment().announcement(), versions.instances())),
        evidence);
  }

  /// Returns what an instance runs instead of the announced release; empty if it runs that release.
  private static Optional<String> other(Announcement announced, Reading.Instance instance) {
    if (!instance.version().equals(announced.version())) {
      return Optional.of(instance.version().isEmpty() ? "none" : instance.version());
    }
    String digest = text(instance.digest());
    if (!announced.digest().isEmpty() && !digest.isEmpty() && !digest.equals(announced.digest())) {
      return Optional.of(instance.version() + " of the image " + digest);
    }
    String sha = text(instance.sha()).toLowerCase(Locale.ROOT);
    String wanted = announced.sha().toLowerCase(Locale.ROOT);
    return wanted.isEmpty() || sha.isEmpty() || sha.startsWith(wanted) || wanted.startsWith(sha)
        ? Optional.empty()
        : Optional.of(instance.version() + " of the commit " + sha);
  }

  /* An announced commit or digest counts as proven only if the series report it. */
  private static String proven(Announcement announced, List<Reading.Instance> instances) {
    boolean digest = instances.stream().noneMatch(each -> text(each.digest()).isEmpty());
    boolean sha = instances.stream().noneMatch(each -> text(each.sha()).isEmpty());
    if (!announced.digest().isEmpty()) {
      return digest
          ? "; the image digest matches the announcement"
          : "; no series reports the image digest";
    }
    return !announced.sha().isEmpty() && sha ? "; the commit matches the announcement" : "";
  }

  private static String text(@Nullable String label) {
    return label == null ? "" : label;
  }

  static CheckResult unproven(CheckView view) {
    return view.unknown(
        ReasonCode.VERSION_UNPROVEN,
        Sentence.of(
            "nothing proves that %s runs, because the policy says version: none.",
            view.deployment().version()),
        Evidence.none());
  }

  static CheckResult restarts(Check.Restarts check, CheckView view) {
    int highest = 0;
    int shared = 0;
    String which = "";
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Processes processes) {
        for (Reading.Process process : processes.processes()) {
          which = process.restarts() > highest ? process.series() : which;
          highest = Math.max(highest, process.restarts());
        }
        Integer others = processes.baselineStarts();
        shared = others == null ? shared : Math.max(shared, others);
      }
    }
    var evidence = Evidence.of(highest, check.max(), List.of());
    if (highest > check.max() && highest <= shared) {
      return view.unknown(
          ReasonCode.SHARED,
          Sentence.of(
              "the process of %s restarted %d times, the baseline's %d times: look for what restarts both.",
              which, highest, shared),
          evidence);
    }
    if (highest > check.max()) {
      return view.fail(
          ReasonCode.RESTARTED,
          Sentence.of(
              "the process of %s restarted %d times after the deployment; more than %d restarts fail the check.",
              which, highest, check.max()),
          evidence);
    }
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    if (highest > 0) {
      return view.unknown(
          ReasonCode.RESTARTED,
          Sentence.of(
              "the process of %s restarted %d times, so its requests just before that are unknown; more than %d restarts fail the check.",
              which, highest, check.max()),
          evidence);
    }
    return view.pass(Sentence.of("the process did not restart after the deployment."), evidence);
  }

  static CheckResult probes(Check.Probes check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Probes results) {
        for (Reading.Probe probe : results.probes()) {
          if (hasFailed(check, view, observation, results, probe)
              && !isShared(view, observation, results)) {
            return view.fail(
                ReasonCode.PROBE_FAILED,
                Sentence.of(
                    "the probe %s failed %d times in a row until %s (%d fail the check) and %s: look at its log.",
                    probe.name(),
                    probe.failed(),
                    Sentence.time(probe.lastMillis()),
                    check.consecutiveFailed(),
                    probe.firstOkMillis() == 0 ? "never succeeded" : "had succeeded before"),
                Evidence.of(probe.failed(), check.consecutiveFailed(), List.of()));
          }
        }
      }
    }
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    Reading.Probes results = view.newest(check, Reading.Probes.class);
    return probes(check, view, results.probes());
  }

  private static CheckResult probes(
      Check.Probes check, CheckView view, List<Reading.Probe> probes) {
    int fewest = Integer.MAX_VALUE;
    for (Reading.Probe probe : probes) {
      fewest = Math.min(fewest, probe.ok());
      long lasted = probe.ok() == 0 ? 0 : probe.lastMillis() - probe.runSinceMillis();
      if (probe.ok() < check.consecutiveOk() || lasted < check.minDuration().toMillis()) {
        return view.unknown(
            ReasonCode.MORE_PROBES,
            Sentence.of(
                "the probe %s succeeded %d times in a row over %s; %d times over %s are required.",
                probe.name(),
                probe.ok(),
                PromDuration.format(lasted / 1000 * 1000),
                check.consecutiveOk(),
                PromDuration.format(check.minDuration())),
            Evidence.of(probe.ok(), check.consecutiveOk(), List.of()));
      }
    }
    return view.pass(
        Sentence.of(
            "%d of %d probes succeeded at least %d times in a row, and %d times are required.",
            probes.size(), check.names().size(), fewest, check.consecutiveOk()),
        Evidence.of(fewest, check.consecutiveOk(), List.of()));
  }

  /// Returns whether the probe's failures fail the check. Failures before its first success do not
  /// count until the time for starting is over.
  private static boolean hasFailed(
      Check.Probes check,
      CheckView view,
      Observation observation,
      Reading.Probes results,
      Reading.Probe probe) {
    long since = Math.max(view.since().toEpochMilli(), results.sinceMillis());
    long excusedUntil = since + check.startup().toMillis();
    boolean tooOld =
        observation.atMillis() - probe.lastMillis() > view.policy().maxAge().toMillis();
    return probe.failed() >= check.consecutiveFailed()
        && (probe.firstOkMillis() > 0 || probe.lastMillis() >= excusedUntil)
        && !tooOld
        && probe.lastMillis() - observation.atMillis() <= ReadingProblem.MAX_AHEAD.toMillis();
  }

  /// Returns whether the same probes fail for the baseline too.
  private static boolean isShared(CheckView view, Observation observation, Reading.Probes results) {
    List<Reading.Probe> others = results.baseline();
    long oldest = observation.atMillis() - view.policy().maxAge().toMillis();
    return others != null
        && !others.isEmpty()
        && others.stream().allMatch(other -> other.failed() > 0 && other.lastMillis() >= oldest);
  }
}
