package io.pharos.gate.judge;

import io.pharos.gate.policy.Check;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Judges the check for alerts of the candidate and its service.
final class AlertJudge {
  /// Maximum number of an alert's labels that a text shows.
  private static final int SHOWN_LABELS = 6;

  private AlertJudge() {}

  /// What an alert means for the check. [#OTHER], [#NOT_OF_FIX] and [#SILENCED] are ignored,
  /// [#CANDIDATE] fails the check, and all other groups leave it unknown.
  private enum Group {
    /// An alert of another release.
    OTHER,
    /// The deployment is a fix, or the candidate is better than the baseline, and the alert does
    /// not belong to the candidate.
    NOT_OF_FIX,
    /// The alert is silenced, and is not a new alert of the candidate.
    SILENCED,
    /// A new alert of the candidate that a silence hides.
    HIDDEN,
    /// A new alert of the candidate.
    CANDIDATE,
    /// A new alert whose labels do not say whether it belongs to the candidate.
    UNATTRIBUTED,
    /// The alert fired before the candidate started.
    OLD,
    PENDING
  }

  /// A group whose alerts leave the check unknown.
  ///
  /// @param found describes the alerts, as the words after "alerts of"
  /// @param until what must happen before the check can pass, as the words after "when they"
  private record Hold(Group group, ReasonCode code, String found, String until) {}

  /// The groups in order of importance: the result names the first group that has an alert.
  private static final List<Hold> HOLDS =
      List.of(
          new Hold(
              Group.HIDDEN,
              ReasonCode.ALERT_SILENCED,
              "the candidate fire and are silenced",
              "end or are ignored by the policy"),
          new Hold(
              Group.UNATTRIBUTED,
              ReasonCode.UNATTRIBUTED,
              "the service are new, and no label says whose they are",
              "end, are silenced or ignored by the policy"),
          new Hold(
              Group.OLD,
              ReasonCode.PREEXISTING,
              "the service are older than the candidate",
              "end, are silenced or ignored, or with the intent fix"),
          new Hold(Group.PENDING, ReasonCode.ALERT_PENDING, "the service are pending", "end"));

  static CheckResult judge(Check.Alerts check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (view.problem(observation).isEmpty()
          && observation.of(check) instanceof Reading.Alerts active) {
        List<String> own = of(names(view, active), Group.CANDIDATE);
        if (!own.isEmpty()) {
          return view.fail(
              ReasonCode.ALERT_FIRING,
              Sentence.of(
                  "%d alerts began to fire after the candidate was first observed, and none is allowed: %s.",
                  own.size(), String.join(", ", own)),
              Evidence.of(own.size(), 0, own));
        }
      }
    }
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    return judgeNewest(view, view.newest(check, Reading.Alerts.class));
  }

  private static CheckResult judgeNewest(CheckView view, Reading.Alerts active) {
    Map<Group, List<String>> names = names(view, active);
    var ignored = new ArrayList<String>();
    of(names, Group.OTHER).forEach(name -> ignored.add("of another release: " + name));
    of(names, Group.NOT_OF_FIX).forEach(name -> ignored.add("not of the fix: " + name));
    of(names, Group.SILENCED).forEach(name -> ignored.add("silenced: " + name));
    for (Hold hold : HOLDS) {
      List<String> alerts = of(names, hold.group());
      if (!alerts.isEmpty()) {
        return view.unknown(
            hold.code(),
            Sentence.of(
                "%d alerts of %s: %s; passes when they %s.",
                alerts.size(),
                Sentence.of(hold.found()),
                String.join(", ", alerts),
                Sentence.of(hold.until())),
            Evidence.of(alerts.size(), 0, ignored));
      }
    }
    return view.pass(
        Sentence.of(
            "no alert of the candidate fires, and none is allowed; %d rules are evaluated%s.",
            active.rules(),
            ignored.isEmpty() ? "" : "; ignored alerts: " + String.join(", ", ignored)),
        Evidence.of(0, 0, ignored));
  }

  /// Returns the names of the alerts by group; groups without alerts are not in the map.
  private static Map<Group, List<String>> names(CheckView view, Reading.Alerts active) {
    var names = new EnumMap<Group, List<String>>(Group.class);
    for (Reading.ActiveAlert alert : active.alerts()) {
      names.computeIfAbsent(group(view, active, alert), _ -> new ArrayList<>()).add(name(alert));
    }
    return names;
  }

  private static List<String> of(Map<Group, List<String>> names, Group group) {
    return names.getOrDefault(group, List.of());
  }

  private static Group group(CheckView view, Reading.Alerts active, Reading.ActiveAlert alert) {
    boolean own = isCandidates(view, alert);
    boolean isNew = alert.activeMillis() >= since(view, active);
    if (alert.whose() == AlertAttribution.OTHER) {
      return Group.OTHER;
    }
    boolean predecessors = !own || (alert.whose() == AlertAttribution.SERVICE && !isNew);
    if ((view.isFix() && !own) || (predecessors && view.isBetter())) {
      return Group.NOT_OF_FIX;
    }
    if (alert.silenced()) {
      return own && isNew && alert.firing() ? Group.HIDDEN : Group.SILENCED;
    }
    if (!alert.firing()) {
      return Group.PENDING;
    }
    if (!isNew) {
      return Group.OLD;
    }
    return own ? Group.CANDIDATE : Group.UNATTRIBUTED;
  }

  /// Returns when the candidate was first observed, or when the deployment started if that is
  /// later. The candidate did not cause older alerts.
  private static long since(CheckView view, Reading.Alerts active) {
    return Math.max(view.deployment().startedAt().toEpochMilli(), active.sinceMillis());
  }

  /// Returns whether an alert belongs to the candidate. If the deployment is a fix, only labels can
  /// prove that, because an alert of the service may come from the fault that the fix repairs.
  private static boolean isCandidates(CheckView view, Reading.ActiveAlert alert) {
    return switch (alert.whose()) {
      case CANDIDATE -> true;
      case SERVICE -> !view.isFix();
      case OTHER, SHARED -> false;
      case null -> true;
    };
  }

  private static String name(Reading.ActiveAlert alert) {
    var labels = new TreeMap<>(alert.labels());
    String name = labels.remove("alertname");
    labels.remove("severity");
    String rest =
        labels.entrySet().stream()
            .limit(SHOWN_LABELS)
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(", "));
    return (name == null ? "an alert" : name)
        + (rest.isEmpty() ? "" : " (" + rest + ")")
        + " since "
        + Sentence.time(alert.activeMillis());
  }
}
