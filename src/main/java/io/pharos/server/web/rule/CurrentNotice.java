package io.pharos.server.web.rule;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.message.EpisodeLinks;
import io.pharos.alerting.message.MeasuredValue;
import io.pharos.alerting.message.TextLimit;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.AlertState;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.incident.CurrentAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// One current alert of a rule: its state in plain words, whom it notifies, and where to go.
///
/// @param state the word of its standing, which is also the class in the style sheet
/// @param words sentences about the state
/// @param links pages about the alert, with their names
record CurrentNotice(
    String state,
    String labels,
    String value,
    PageTime since,
    List<String> words,
    List<Route> routes,
    List<Link> links) {
  private static final int MAX_LABELS = 1000;

  /// A route of the alert.
  ///
  /// @param when when it notifies
  /// @param muted names of the time intervals that mute it now; empty for none
  /// @param incident the page of the incident that it notifies about
  record Route(
      String receiver, String matchers, String when, String muted, String group, String incident) {
    static Route of(AlertOverview.Routed route) {
      return new Route(
          route.receiver(),
          route.routeKey(),
          "first after %s, changes after %s, again every %s"
              .formatted(
                  PageTime.span(route.groupWait()),
                  PageTime.span(route.groupInterval()),
                  PageTime.span(route.repeatInterval())),
          String.join(", ", route.mutedBy()),
          route.groupLabels().isEmpty() ? "all alerts" : route.groupLabels().toString(),
          PageLinks.incident(route.groupLabels()));
    }
  }

  /// A link to a page about the alert.
  record Link(String text, String address) {}

  static CurrentNotice of(
      CurrentAlert alert, CurrentAlert.Origin origin, ServiceStatus status, Instant now) {
    AlertSnapshot snapshot = origin.alert();
    return new CurrentNotice(
        alert.isHeld() && alert.standing().text().equals("firing")
            ? "held"
            : alert.standing().text(),
        TextLimit.line(
            MAX_LABELS, snapshot.labels().without(List.of("alertname", "severity")).toString()),
        MeasuredValue.tidy(GoFloat.general(snapshot.value())),
        PageTime.of(snapshot.activeAt(), now),
        words(alert, origin.rule(), snapshot, now),
        alert.routes().stream().map(Route::of).toList(),
        links(alert, origin, status, now));
  }

  private static List<String> words(
      CurrentAlert alert, RuleSnapshot.Alerting rule, AlertSnapshot snapshot, Instant now) {
    var words = new ArrayList<String>();
    if (snapshot.state() == AlertState.PENDING) {
      words.add(pending(rule, snapshot, now));
    }
    Instant firedAt = snapshot.firedAt();
    if (firedAt != null) {
      words.add("It has fired for " + PageTime.span(Duration.between(firedAt, now)) + ".");
    }
    Instant ended = snapshot.keepFiringSince();
    if (ended != null) {
      Duration left = Duration.between(now, ended.plus(rule.keepFiringFor()));
      words.add(
          "Its condition ended %s ago. Because of keep_firing_for it goes on for %s, unless the condition returns."
              .formatted(
                  PageTime.span(Duration.between(ended, now)),
                  left.isNegative() ? "one more evaluation" : PageTime.span(left)));
    }
    if (snapshot.isHeld()) {
      words.add(
          snapshot.state() == AlertState.FIRING
              ? "Data are missing, so Pharos cannot tell whether its condition still holds. It goes on until data show that the condition ended."
              : "Data are missing, so it is not certain that its condition holds. It does not fire until data show that the condition holds.");
    }
    if (!alert.silencedBy().isEmpty()) {
      words.add("A silence holds its notifications back.");
    }
    if (!alert.inhibitedBy().isEmpty()) {
      words.add("Another alert is its cause and is notified instead.");
    }
    return words;
  }

  private static String pending(RuleSnapshot.Alerting rule, AlertSnapshot snapshot, Instant now) {
    Duration left = Duration.between(now, snapshot.activeAt().plus(rule.holdFor()));
    return left.isNegative() || left.isZero()
        ? "Its condition holds. It fires at the next evaluation at which the condition certainly held for %s."
            .formatted(PageTime.span(rule.holdFor()))
        : "Its condition holds. It fires in %s if the condition holds until then."
            .formatted(PageTime.span(left));
  }

  private static List<Link> links(
      CurrentAlert alert, CurrentAlert.Origin origin, ServiceStatus status, Instant now) {
    AlertSnapshot snapshot = origin.alert();
    Labels annotations = snapshot.annotations();
    var links = new ArrayList<Link>();
    links.add(new Link("Silence…", PageLinks.silence(alert.labels())));
    add(
        links,
        "Runbook",
        EpisodeLinks.runbook(annotations.get("runbook_url"), status.externalUrl(), alert.labels()));
    add(
        links,
        "Dashboard",
        EpisodeLinks.dashboard(
            annotations.get("dashboard_url"),
            status.grafanaUrl(),
            List.of(alert.labels()),
            snapshot.activeAt(),
            null,
            now));
    if (!origin.rule().isOfLines()) {
      links.add(
          new Link(
              "Graph",
              EpisodeLinks.graph(
                  PageLinks.query(origin.rule().query()), snapshot.activeAt(), null, now)));
    }
    return links;
  }

  private static void add(List<Link> links, String text, String address) {
    if (LinkAddress.isLink(address)) {
      links.add(new Link(text, address));
    }
  }
}
