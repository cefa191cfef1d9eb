package io.pharos.server.web.incident;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.message.AlertSubject;
import io.pharos.alerting.message.EpisodeLinks;
import io.pharos.alerting.message.MeasuredValue;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.language.PageLanguage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Words for the incidents of a board.
///
/// @param silences the silences by id
/// @param showsAnswers whether the reader may see the receivers' answers
/// @param externalUrl, grafanaUrl addresses of Pharos and Grafana for people; Grafana's may be
///   empty
public record IncidentRows(
    Board board,
    Told told,
    Map<String, Silence> silences,
    boolean showsAnswers,
    String externalUrl,
    String grafanaUrl) {
  private static final int MAX_PLACES = 2;

  public IncidentRows {
    silences = Map.copyOf(silences);
  }

  /// Indexes silences by id.
  public static Map<String, Silence> byId(List<Silence> silences) {
    return silences.stream().collect(toMap(Silence::id, silence -> silence, (one, _) -> one));
  }

  /// Returns the row of an incident with its consequences.
  ///
  /// @param maxAlerts maximum number of alerts in the row
  public IncidentRow row(Incident incident, int maxAlerts) {
    Labels group = incident.groupLabels();
    List<CurrentAlert> alerts = incident.alerts();
    return new IncidentRow(
        incident.id().toString(),
        PageLinks.incident(group),
        row(incident.worst(), group),
        place(alerts),
        PageText.chips(group.without(List.of("alertname"))),
        alerts.size(),
        time(incident.since()),
        told.latest(incident).stream().map(this::delivered).toList(),
        alerts.stream().limit(maxAlerts).map(alert -> row(alert, group)).toList(),
        Math.max(0, alerts.size() - maxAlerts),
        incident.consequences().stream().map(one -> row(one, maxAlerts)).toList(),
        group.isEmpty() ? PageLinks.silence(incident.worst().labels()) : PageLinks.silence(group));
  }

  /* Where the most urgent alerts are. */
  private static String place(List<CurrentAlert> alerts) {
    List<String> places =
        alerts.stream()
            .map(alert -> AlertSubject.place(alert.labels()))
            .filter(place -> !place.isEmpty())
            .distinct()
            .limit(MAX_PLACES + 1)
            .toList();
    return PageText.of(
        places.stream().limit(MAX_PLACES).collect(joining(", "))
            + (places.size() > MAX_PLACES ? " and more" : ""));
  }

  private IncidentRow.Delivered delivered(LedgerEntry entry) {
    LedgerEntry shown = showsAnswers ? entry : entry.withoutAnswers();
    Instant at = entry.finishedAt() == null ? entry.decidedAt() : entry.finishedAt();
    String state =
        entry.status().name().toLowerCase(Locale.ROOT).replace("pending", attempted(entry));
    return new IncidentRow.Delivered(
        state,
        entry.key().integration().receiver() + " by " + entry.key().integration().type(),
        time(at),
        PageText.of(shown.answer()));
  }

  private static String attempted(LedgerEntry entry) {
    return entry.attempts() > 0 ? "retrying" : "pending";
  }

  /// Returns the row of an alert.
  ///
  /// @param shared labels that the page shows for the whole incident
  AlertRow row(CurrentAlert alert, Labels shared) {
    Labels annotations = PageLanguage.spoken().localized(alert.annotations());
    String summary = MeasuredValue.tidy(annotations.get("summary"));
    String description = MeasuredValue.tidy(annotations.get("description"));
    return new AlertRow(
        alert.standing().text(),
        word(alert),
        severityClass(alert),
        alert.isHeld(),
        alert.name().isEmpty() ? "alert without a name" : PageText.of(alert.name()),
        PageText.of(summary.isEmpty() ? description : summary),
        summary.isEmpty() ? "" : PageText.of(description),
        PageText.chips(
            alert.labels().without(shared.names()).without(List.of("alertname", "severity"))),
        value(alert),
        time(alert.since()),
        reasons(alert),
        alert.origin().map(it -> PageLinks.rule(it.group(), it.rule())).orElse(""),
        query(alert),
        here(
            link(
                EpisodeLinks.runbook(annotations.get("runbook_url"), externalUrl, alert.labels()))),
        link(
            EpisodeLinks.dashboard(
                annotations.get("dashboard_url"),
                grafanaUrl,
                List.of(alert.labels()),
                alert.since(),
                null,
                board.at())),
        PageLinks.silence(alert.labels()));
  }

  /// Returns the address of one of this program's pages as a path, which works at the address at
  /// which the reader opened Pharos too.
  private String here(String address) {
    return !externalUrl.isEmpty() && address.startsWith(externalUrl + "/")
        ? address.substring(externalUrl.length())
        : address;
  }

  private static String word(CurrentAlert alert) {
    String severity = alert.labels().get("severity");
    return severity.isEmpty() ? "no severity" : PageText.of(severity);
  }

  /// Returns the class of a severity in the style sheet.
  public static String severityClass(CurrentAlert alert) {
    return switch (alert.severity().rank()) {
      case 0 -> "critical";
      case 1 -> "warning";
      default -> "info";
    };
  }

  /// Returns the measured value as the alert's messages show it. If the messages show no value,
  /// returns the value of the alert's expression.
  private static String value(CurrentAlert alert) {
    Labels annotations = PageLanguage.spoken().localized(alert.annotations());
    String threshold = MeasuredValue.tidy(annotations.get("threshold"));
    String annotated = annotations.get("value");
    if (!annotated.isEmpty()) {
      String value = MeasuredValue.tidyValue(annotated, threshold);
      return threshold.isEmpty()
          ? value
          : MeasuredValue.against(value, threshold, PageLanguage.spoken());
    }
    return alert
        .origin()
        .map(origin -> MeasuredValue.tidy(GoFloat.general(origin.alert().value())))
        .orElse("");
  }

  private String query(CurrentAlert alert) {
    return alert
        .origin()
        .filter(origin -> !origin.rule().isOfLines())
        .map(
            origin ->
                EpisodeLinks.graph(
                    PageLinks.query(origin.rule().query()), alert.since(), null, board.at()))
        .orElse("");
  }

  private List<AlertRow.Reason> reasons(CurrentAlert alert) {
    var reasons = new ArrayList<AlertRow.Reason>();
    for (String id : alert.silencedBy()) {
      Silence silence = silences.get(id);
      reasons.add(
          new AlertRow.Reason(
              silence == null
                  ? "silenced"
                  : "silenced by %s for another %s: %s"
                      .formatted(
                          PageText.of(
                              silence.createdBy().isEmpty() ? "someone" : silence.createdBy()),
                          PageTime.span(Duration.between(board.at(), silence.endsAt())),
                          PageText.of(
                              silence.comment().isEmpty() ? "no comment" : silence.comment())),
              "/silences"));
    }
    for (Fingerprint source : alert.inhibitedBy()) {
      Optional<Incident> cause = board.ofAlert(source);
      reasons.add(
          cause
              .map(
                  it ->
                      new AlertRow.Reason(
                          "inhibited by " + PageText.of(it.worst().name()),
                          PageLinks.incident(it.groupLabels())))
              .orElse(new AlertRow.Reason("inhibited by an alert that ended meanwhile", "")));
    }
    switch (alert.standing()) {
      case MUTED ->
          reasons.add(
              new AlertRow.Reason(
                  "muted by the time interval "
                      + alert.routes().stream()
                          .flatMap(route -> route.mutedBy().stream())
                          .distinct()
                          .collect(joining(", ")),
                  "/routing"));
      case PENDING -> alert.origin().ifPresent(origin -> reasons.add(pending(alert, origin)));
      case FIRING, SILENCED, INHIBITED -> {}
    }
    if (alert.isHeld()) {
      reasons.add(
          new AlertRow.Reason(
              "held: data are missing, so Pharos cannot tell whether the condition still holds",
              "/trouble"));
    }
    if (alert.annotations().has(TrackedAlert.FLAPPING)) {
      reasons.add(
          new AlertRow.Reason(
              "held: it began and ended again and again; it ends when it is calm", ""));
    }
    return reasons;
  }

  private AlertRow.Reason pending(CurrentAlert alert, CurrentAlert.Origin origin) {
    Duration left = Duration.between(board.at(), alert.since().plus(origin.rule().holdFor()));
    return new AlertRow.Reason(
        left.isNegative() || left.isZero()
            ? "fires at the next evaluation that confirms it"
            : "fires in " + PageTime.span(left) + " if the condition holds",
        "");
  }

  private PageTime time(Instant at) {
    return PageTime.of(at, board.at());
  }

  private static String link(String address) {
    return LinkAddress.isLink(address) ? address : "";
  }
}
