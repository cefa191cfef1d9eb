package io.pharos.release.gate;

import io.pharos.model.PromDuration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Judges the checks that ask for a state: the version, the probes, the alerts.
final class StateJudge {
  /// How often an instance must have been scraped before its version counts.
  private static final int MIN_SCRAPES = 3;

  private StateJudge() {}

  static CheckResult version(Check.Version check, CheckView view) {
    Optional<ReadingTrouble> trouble = view.trouble(view.newest());
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
      if (at - instance.lastMillis() > view.policy().maxAge().toMillis()) {
        continue; // gone since
      }
      if (!instance.version().equals(wanted)) {
        others.add(instance.version().isEmpty() ? "none" : instance.version());
      } else {
        right++;
        settled += instance.samples() >= MIN_SCRAPES ? 1 : 0;
      }
    }
    var evidence = Evidence.of(settled, check.instances(), List.of());
    if (!others.isEmpty()) {
      return view.unknown(
          Code.WRONG_VERSION,
          "%d instances run %s as announced, others run %s; it passes when only %s runs."
              .formatted(right, wanted, String.join(", ", others), wanted),
          evidence);
    }
    if (settled < check.instances()) {
      return view.unknown(
          Code.STARTING,
          "%d of %d instances with %s were scraped %d times or more; it passes when all were."
              .formatted(settled, check.instances(), wanted, MIN_SCRAPES),
          evidence);
    }
    return view.pass(
        "%d instances run %s, %d are required.".formatted(settled, wanted, check.instances()),
        evidence);
  }

  static CheckResult probes(Check.Probes check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Probes results) {
        for (Reading.Probe probe : results.probes()) {
          if (failed(check, view, observation, probe)) {
            return view.fail(
                Code.PROBE_FAILED,
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
    Optional<ReadingTrouble> trouble = view.trouble(view.newest());
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
            Code.MORE_PROBES,
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
      Check.Probes check, CheckView view, Observation observation, Reading.Probe probe) {
    long excusedUntil = view.since().plus(check.startup()).toEpochMilli();
    boolean tooOld =
        observation.atMillis() - probe.lastMillis() > view.policy().maxAge().toMillis();
    return probe.failed() >= check.consecutiveFailed()
        && (probe.firstOkMillis() > 0 || probe.lastMillis() >= excusedUntil)
        && !tooOld
        && probe.lastMillis() - observation.atMillis() <= ReadingTrouble.MAX_AHEAD.toMillis();
  }

  static CheckResult alerts(Check.Alerts check, CheckView view) {
    long startedAt = view.deployment().startedAt().toEpochMilli();
    for (Observation observation : view.observations()) {
      if (view.trouble(observation).isEmpty()
          && observation.of(check) instanceof Reading.Alerts active) {
        List<String> news =
            active.alerts().stream()
                .filter(
                    alert ->
                        alert.firing() && !alert.silenced() && alert.activeMillis() >= startedAt)
                .map(StateJudge::name)
                .toList();
        if (!news.isEmpty()) {
          return view.fail(
              Code.ALERT_FIRING,
              "%d alerts of the service fire that began after the deployment started at %s, 0 are"
                      .formatted(news.size(), view.deployment().startedAt())
                  + " allowed: "
                  + String.join(", ", news)
                  + ".",
              Evidence.of(news.size(), 0, news));
        }
      }
    }
    Optional<ReadingTrouble> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(trouble.get());
    }
    if (!(view.newest().of(check) instanceof Reading.Alerts active)) {
      throw new IllegalStateException("a reading without trouble has the check's own kind");
    }
    return alerts(view, active);
  }

  private static CheckResult alerts(CheckView view, Reading.Alerts active) {
    var old = new ArrayList<String>();
    var pending = new ArrayList<String>();
    var silenced = new ArrayList<String>();
    for (Reading.ActiveAlert alert : active.alerts()) {
      if (alert.silenced()) {
        silenced.add("silenced: " + name(alert));
      } else if (alert.firing()) {
        old.add(name(alert));
      } else {
        pending.add(name(alert));
      }
    }
    if (!old.isEmpty()) {
      return view.unknown(
          Code.PREEXISTING,
          "%d alerts of the service fire since before the deployment, so the release can't be told"
                  .formatted(old.size())
              + " from them: "
              + String.join(", ", old)
              + "; it passes when they are over, silenced or ignored by the policy.",
          Evidence.of(old.size(), 0, silenced));
    }
    if (!pending.isEmpty()) {
      return view.unknown(
          Code.ALERT_PENDING,
          "%d alerts of the service are pending: ".formatted(pending.size())
              + String.join(", ", pending)
              + "; it passes when they are over and fails when they fire.",
          Evidence.of(pending.size(), 0, silenced));
    }
    return view.pass(
        "0 alerts of the service fire (%d rules are evaluated, %d alerts are silenced), 0 are"
                .formatted(active.rules(), silenced.size())
            + " allowed.",
        Evidence.of(0, 0, silenced));
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
