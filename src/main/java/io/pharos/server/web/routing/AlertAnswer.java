package io.pharos.server.web.routing;

import static java.util.stream.Collectors.joining;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.dispatch.RouteStep;
import io.pharos.alerting.silence.Silence;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// The answer to "Where would this alert go?".
///
/// @param state `ok` if people would be told now, otherwise `unknown`
/// @param path the routes that match
/// @param destinations one for each group that the alert would join
/// @param holds silences and inhibition rules that match the alert
record AlertAnswer(
    List<String> labels,
    String state,
    String sentence,
    List<PathRow> path,
    List<Destination> destinations,
    List<Hold> holds) {
  /// A group that the alert would join.
  ///
  /// @param anchor where its receiver is on the page
  /// @param channels types of the receiver's integrations; empty if it has none
  /// @param isSilent whether none of the integrations can send now
  /// @param group labels of the group; empty if all alerts of the route are one group
  /// @param size what is in the group now
  /// @param first when people would be told first
  /// @param again when they would be told again
  /// @param intervals the time intervals that mute it now; empty if none does
  record Destination(
      String receiver,
      String anchor,
      String channels,
      boolean isSilent,
      List<String> group,
      String incident,
      String size,
      String first,
      String again,
      String intervals,
      String fallback) {
    boolean isReached() {
      return !channels.isEmpty() && !isSilent && intervals.isEmpty();
    }
  }

  /// A silence or an inhibition rule that matches the alert.
  ///
  /// @param state `silenced` or `inhibited` if it holds the alert back now, otherwise empty
  /// @param link address of the silence, or of the alert that inhibits; empty if there is none
  record Hold(String state, String text, String link) {}

  /// Answers the question from what the router says.
  ///
  /// @param silences the silences that match now
  /// @param silent receivers that can notify nobody now
  /// @param policies receivers that are policies, which reach people without own integrations
  /// @param anchors the anchor of each receiver on the page
  /// @param incident returns the address of an alert's incident
  static AlertAnswer of(
      Labels alert,
      AlertOverview.Outlook outlook,
      AlertmanagerConfig config,
      List<Silence> silences,
      Set<String> silent,
      Set<String> policies,
      Map<String, String> anchors,
      Function<Labels, String> incident,
      Instant now) {
    List<RouteStep> goals =
        outlook.path().all().filter(it -> it.outcome() == RouteStep.Outcome.GROUPED).toList();
    var destinations = new ArrayList<Destination>();
    for (int i = 0; i < outlook.routes().size(); i++) {
      AlertOverview.Routed route = outlook.routes().get(i);
      String channels = channels(config, policies, route.receiver());
      boolean isSilent = silent.contains(route.receiver());
      destinations.add(destination(route, goals.get(i), config, channels, isSilent, anchors));
    }
    return new AlertAnswer(
        PageText.chips(alert),
        !outlook.isHeldBack() && destinations.stream().anyMatch(Destination::isReached)
            ? "ok"
            : "unknown",
        sentence(outlook, destinations, silences),
        PathRow.of(outlook.path()),
        destinations,
        Stream.concat(
                silences.stream().map(one -> hold(one, now)),
                outlook.inhibitions().stream().map(one -> hold(one, incident)))
            .toList());
  }

  private static String channels(AlertmanagerConfig config, Set<String> policies, String receiver) {
    return Stream.concat(
            policies.contains(receiver) ? Stream.of("policy") : Stream.<String>empty(),
            config.receiver(receiver).stream()
                .flatMap(it -> it.integrations().stream())
                .map(IntegrationConfig::type)
                .distinct())
        .collect(joining(", "));
  }

  private static Destination destination(
      AlertOverview.Routed route,
      RouteStep goal,
      AlertmanagerConfig config,
      String channels,
      boolean isSilent,
      Map<String, String> anchors) {
    int size = goal.node().groups().getOrDefault(route.groupLabels(), 0);
    return new Destination(
        PageText.of(route.receiver()),
        anchors.getOrDefault(route.receiver(), ""),
        channels,
        isSilent,
        PageText.chips(route.groupLabels()),
        PageLinks.incident(route.groupLabels()),
        size == 0 ? "no such group now" : PageText.count(size, "alert") + " in it now",
        size == 0
            ? PageTime.span(route.groupWait()) + " after the alert starts"
            : "with the next message about the group, within "
                + PageTime.span(route.groupInterval()),
        "every %s while nothing changes; changes within %s"
            .formatted(PageTime.span(route.repeatInterval()), PageTime.span(route.groupInterval())),
        PageText.of(String.join(", ", route.mutedBy())),
        config.delivery().fallback(route.receiver()).map(PageText::of).orElse(""));
  }

  private static String sentence(
      AlertOverview.Outlook outlook, List<Destination> destinations, List<Silence> silences) {
    if (!silences.isEmpty()) {
      return "Nobody would be told now: "
          + (silences.size() == 1 ? "a silence matches." : silences.size() + " silences match.");
    }
    if (outlook.isHeldBack()) {
      return "Nobody would be told now: another alert inhibits it.";
    }
    List<Destination> reached = destinations.stream().filter(Destination::isReached).toList();
    if (!reached.isEmpty()) {
      return "Pharos would tell "
          + reached.stream()
              .map(one -> one.receiver() + " (" + one.channels() + ") " + one.first())
              .collect(joining(", and "))
          + ".";
    }
    return destinations.stream().anyMatch(one -> !one.intervals().isEmpty())
        ? "Nobody would be told now: a time interval mutes the route."
        : destinations.stream().anyMatch(Destination::isSilent)
            ? "Nobody would be told: the receiver has no working integration."
            : "Nobody would be told: the receiver has no integrations.";
  }

  private static Hold hold(Silence silence, Instant now) {
    return new Hold(
        "silenced",
        "by %s, ends %s: %s"
            .formatted(
                PageText.of(silence.createdBy()),
                PageTime.of(silence.endsAt(), now).ago(),
                PageText.of(silence.comment())),
        "/silences#" + silence.id());
  }

  private static Hold hold(AlertOverview.Inhibition inhibition, Function<Labels, String> incident) {
    InhibitRule rule = inhibition.rule();
    String sources =
        rule.sourceMatchers().stream().map(LabelMatcher::toString).collect(joining(", "));
    String same = rule.equal().isEmpty() ? "" : " with the same " + String.join(", ", rule.equal());
    String text =
        (rule.name().isEmpty() ? "" : rule.name() + ": ")
            + "held back while an alert with "
            + sources
            + " fires"
            + same;
    return inhibition
        .source()
        .map(
            source ->
                new Hold(
                    "inhibited",
                    PageText.of(text) + "; this is " + PageText.of(source.toString()),
                    incident.apply(source)))
        .orElseGet(() -> new Hold("", PageText.of(text) + "; none fires now", ""));
  }
}
