package io.pharos.gate;

import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Intent;
import io.pharos.model.PromDuration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Judges the checks that ask for a state: the version, the restarts, the probes, the alerts.
final class StateJudge {
  /// How often an instance must have been scraped before its version counts.
  private static final int MIN_SCRAPES = 3;

  private StateJudge() {}

  static CheckResult version(Check.Version check, CheckView view) {
    Optional<ReadingProblem> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(trouble.get());
    }
    if (!(view.newest().of(check) instanceof Reading.Versions versions)) {
      throw new IllegalStateException("a reading without trouble has the check's own kind");
    }
    long at = view.newest().atMillis();
    String wanted = view.deployment().version();
    var others = new TreeSet<String>();
    int right = 0;
    int settled = 0;
    for (Reading.Instance instance : versions.instances()) {
      if (instance.gone() || at - instance.lastMillis() > view.policy().maxAge().toMillis()) {
        continue; // what was replaced, or went since
      }
      Optional<String> other = other(view.deployment().announcement(), instance);
      if (other.isPresent()) {
        others.add(other.get());
      } else {
        right++;
        settled += instance.samples() >= MIN_SCRAPES ? 1 : 0;
      }
    }
    var evidence = Evidence.of(settled, check.instances(), List.of());
    if (!others.isEmpty()) {
      return view.unknown(
          ReasonCode.WRONG_VERSION,
          "%d instances run %s as announced, others run %s; it passes when only %s runs."
              .formatted(right, wanted, String.join(", ", others), wanted),
          evidence);
    }
    if (settled < check.instances()) {
      return view.unknown(
          ReasonCode.STARTING,
          "%d of %d instances with %s were scraped %d times or more; it passes when all were."
              .formatted(settled, check.instances(), wanted, MIN_SCRAPES),
          evidence);
    }
    return view.pass(
        "%d instances run %s, %d are required%s."
            .formatted(
                settled,
                wanted,
                check.instances(),
                proven(view.deployment().announcement(), versions.instances())),
        evidence);
  }

  /// What an instance runs instead of what was announced.
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

  /* What was announced and is not on the series is not proven. */
  private static String proven(Announcement announced, List<Reading.Instance> instances) {
    boolean digest = instances.stream().noneMatch(it -> text(it.digest()).isEmpty());
    boolean sha = instances.stream().noneMatch(it -> text(it.sha()).isEmpty());
    if (!announced.digest().isEmpty()) {
      return digest
          ? "; the digest of the image is the announced one"
          : "; no series proves its digest";
    }
    return !announced.sha().isEmpty() && sha ? "; the commit is the announced one" : "";
  }

  private static String text(@Nullable String label) {
    return label == null ? "" : label;
  }

  static CheckResult unproven(Check.UnprovenVersion check, CheckView view) {
    return new CheckResult.Unknown(
        check,
        ReasonCode.VERSION_UNPROVEN,
        check.id()
            + ": nothing proves that "
            + view.deployment().version()
            + " is what runs: the policy says version: none.",
        Evidence.none());
  }

  static CheckResult restarts(Check.Restarts check, CheckView view) {
    int most = 0;
    String which = "";
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Processes processes) {
        for (Reading.Process process : processes.processes()) {
          which = process.restarts() > most ? process.series() : which;
          most = Math.max(most, process.restarts());
        }
      }
    }
    var evidence = Evidence.of(most, check.max(), List.of());
    if (most > check.max()) {
      return view.fail(
          ReasonCode.RESTARTED,
          "the process of %s started again %d times after the deployment, more than %d fail the check."
              .formatted(which, most, check.max()),
          evidence);
    }
    Optional<ReadingProblem> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(trouble.get());
    }
    if (most > 0) {
      return view.unknown(
          ReasonCode.RESTARTED,
          "the process of %s started again %d times after the deployment, so what happened just before is unknown; more than %d fail the check."
              .formatted(which, most, check.max()),
          evidence);
    }
    return view.pass("the process did not start again after the deployment.", evidence);
  }

  static CheckResult probes(Check.Probes check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Probes results) {
        for (Reading.Probe probe : results.probes()) {
          if (failed(check, view, observation, results, probe)
              && !isShared(view, observation, results)) {
            return view.fail(
                ReasonCode.PROBE_FAILED,
                "the probe %s failed %d times in a row up to %s, %d fail the check; %s."
                    .formatted(
                        probe.name(),
                        probe.failed(),
                        Instant.ofEpochMilli(probe.lastMillis()),
                        check.consecutiveFailed(),
                        probe.firstOkMillis() == 0
                            ? "it never succeeded since the deployment started"
                            : "it had succeeded before"),
                Evidence.of(probe.failed(), check.consecutiveFailed(), List.of()));
          }
        }
      }
    }
    Optional<ReadingProblem> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(trouble.get());
    }
    if (!(view.newest().of(check) instanceof Reading.Probes results)) {
      throw new IllegalStateException("a reading without trouble has the check's own kind");
    }
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
            "the probe %s succeeded %d times in a row over %s; %d times over %s are required."
                .formatted(
                    probe.name(),
                    probe.ok(),
                    PromDuration.format(lasted / 1000 * 1000),
                    check.consecutiveOk(),
                    PromDuration.format(check.minDuration())),
            Evidence.of(probe.ok(), check.consecutiveOk(), List.of()));
      }
    }
    return view.pass(
        "%d of %d probes succeeded %d times in a row or more, %d are required."
            .formatted(probes.size(), check.names().size(), fewest, check.consecutiveOk()),
        Evidence.of(fewest, check.consecutiveOk(), List.of()));
  }

  /// A failure counts once the probe has succeeded since the deployment started, or once the time
  /// for starting is over.
  private static boolean failed(
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

  /// Whether the same probes of what runs beside the candidate fail too.
  private static boolean isShared(CheckView view, Observation observation, Reading.Probes results) {
    List<Reading.Probe> others = results.baseline();
    long oldest = observation.atMillis() - view.policy().maxAge().toMillis();
    return others != null
        && !others.isEmpty()
        && others.stream().allMatch(other -> other.failed() > 0 && other.lastMillis() >= oldest);
  }

  static CheckResult alerts(Check.Alerts check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (view.trouble(observation).isEmpty()
          && observation.of(check) instanceof Reading.Alerts active) {
        List<String> news =
            active.alerts().stream()
                .filter(
                    alert ->
                        alert.firing()
                            && !alert.silenced()
                            && isCandidates(view, alert)
                            && isNew(view, active, alert))
                .map(StateJudge::name)
                .toList();
        if (!news.isEmpty()) {
          return view.fail(
              ReasonCode.ALERT_FIRING,
              "%d alerts of the candidate fire that began after it was first seen at %s, 0 are"
                      .formatted(news.size(), Instant.ofEpochMilli(since(view, active)))
                  + " allowed: "
                  + String.join(", ", news)
                  + ".",
              Evidence.of(news.size(), 0, news));
        }
      }
    }
    Optional<ReadingProblem> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(trouble.get());
    }
    if (!(view.newest().of(check) instanceof Reading.Alerts active)) {
      throw new IllegalStateException("a reading without trouble has the check's own kind");
    }
    return alerts(view, active);
  }

  /// When the candidate was first seen; no alert began before the deployment did and is its own.
  private static long since(CheckView view, Reading.Alerts active) {
    return Math.max(view.deployment().startedAt().toEpochMilli(), active.sinceMillis());
  }

  private static boolean isNew(CheckView view, Reading.Alerts active, Reading.ActiveAlert alert) {
    return alert.activeMillis() >= since(view, active);
  }

  /// Whether an alert is the candidate's. What mends the service is told apart from what was broken
  /// only by labels.
  private static boolean isCandidates(CheckView view, Reading.ActiveAlert alert) {
    return switch (alert.whose()) {
      case CANDIDATE -> true;
      case SERVICE -> view.deployment().announcement().intent() != Intent.FIX;
      case OTHER, SHARED -> false;
      case null -> true;
    };
  }

  private static CheckResult alerts(CheckView view, Reading.Alerts active) {
    boolean fix = view.deployment().announcement().intent() == Intent.FIX;
    var hidden = new ArrayList<String>();
    var old = new ArrayList<String>();
    var blurred = new ArrayList<String>();
    var pending = new ArrayList<String>();
    var listed = new ArrayList<String>();
    for (Reading.ActiveAlert alert : active.alerts()) {
      boolean own = isCandidates(view, alert);
      if (alert.whose() == AlertAttribution.OTHER) {
        listed.add("of another: " + name(alert));
      } else if (fix && !own) {
        listed.add("not the fix's: " + name(alert));
      } else if (alert.silenced()) {
        (own && isNew(view, active, alert) && alert.firing() ? hidden : listed)
            .add("silenced: " + name(alert));
      } else if (!alert.firing()) {
        pending.add(name(alert));
      } else {
        (isNew(view, active, alert) ? blurred : old).add(name(alert));
      }
    }
    if (!hidden.isEmpty()) {
      return view.unknown(
          ReasonCode.ALERT_SILENCED,
          "%d alerts of the candidate fire that only people do not see: ".formatted(hidden.size())
              + String.join(", ", hidden)
              + "; it passes when they are over or ignored by the policy.",
          Evidence.of(hidden.size(), 0, listed));
    }
    if (!blurred.isEmpty()) {
      return view.unknown(
          ReasonCode.UNATTRIBUTED,
          "%d alerts of the service fire that began after the deployment, and none of their labels"
                  .formatted(blurred.size())
              + " says whether the candidate is why: "
              + String.join(", ", blurred)
              + "; it passes when they are over, silenced or ignored by the policy.",
          Evidence.of(blurred.size(), 0, listed));
    }
    if (!old.isEmpty()) {
      return view.unknown(
          ReasonCode.PREEXISTING,
          "%d alerts of the service fire since before the candidate, so the release can't be told"
                  .formatted(old.size())
              + " from them: "
              + String.join(", ", old)
              + "; it passes when they are over, silenced or ignored by the policy, and a deployment"
              + " whose intent is fix is not held up.",
          Evidence.of(old.size(), 0, listed));
    }
    if (!pending.isEmpty()) {
      return view.unknown(
          ReasonCode.ALERT_PENDING,
          "%d alerts of the service are pending: ".formatted(pending.size())
              + String.join(", ", pending)
              + "; it passes when they are over.",
          Evidence.of(pending.size(), 0, listed));
    }
    return view.pass(
        "0 alerts of the candidate fire (%d rules are evaluated%s), 0 are allowed."
            .formatted(
                active.rules(),
                listed.isEmpty() ? "" : ", not counted: " + String.join(", ", listed)),
        Evidence.of(0, 0, listed));
  }

  private static String name(Reading.ActiveAlert alert) {
    var labels = new TreeMap<>(alert.labels());
    String name = labels.remove("alertname");
    labels.remove("severity");
    String rest =
        labels.entrySet().stream()
            .limit(6)
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(", "));
    return (name == null ? "an alert" : name)
        + (rest.isEmpty() ? "" : " (" + rest + ")")
        + " since "
        + Instant.ofEpochMilli(alert.activeMillis());
  }
}
