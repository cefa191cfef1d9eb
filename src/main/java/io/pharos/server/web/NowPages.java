package io.pharos.server.web;

import io.pharos.alerting.message.EpisodeLinks;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MeasuredValue;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The start page with the current alerts, and the page of rules.
@Path("/")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class NowPages {
  /// One alert as a card.
  ///
  /// @param rank sort key; the cards of firing critical alerts have the lowest rank
  /// @param lasted duration of the alert until now, as text
  record AlertCard(
      int rank,
      String state,
      String severity,
      String name,
      String summary,
      String description,
      String labels,
      String value,
      PageTime since,
      String lasted,
      String runbook,
      String graph,
      String dashboard,
      String silence) {}

  /// One rule as a row.
  ///
  /// @param lastRun null before the first evaluation
  record RuleRow(
      String group,
      String name,
      String state,
      String query,
      String graph,
      String error,
      List<String> warnings,
      @Nullable PageTime lastRun) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance now(
        String title,
        List<AlertCard> alerts,
        List<Integration.Unconfigured> unconfigured,
        Set<String> silent);

    static native TemplateInstance rules(String title, List<RuleRow> rules);
  }

  private final RuleManager rules;
  private final Outbox outbox;
  private final ServiceStatus status;
  private final InstantSource clock;

  NowPages(RuleManager rules, Outbox outbox, ServiceStatus status, InstantSource clock) {
    this.rules = rules;
    this.outbox = outbox;
    this.status = status;
    this.clock = clock;
  }

  /// Shows the pending and firing alerts.
  @GET
  public TemplateInstance now() {
    var cards = new ArrayList<AlertCard>();
    for (GroupSnapshot group : rules.groups()) {
      for (RuleSnapshot rule : group.rules()) {
        if (rule instanceof RuleSnapshot.Alerting alerting) {
          alerting.alerts().stream().map(alert -> card(rule, alert)).forEach(cards::add);
        }
      }
    }
    cards.sort(Comparator.comparingInt(AlertCard::rank).thenComparing(AlertCard::name));
    return Templates.now("Now", cards, outbox.unconfigured(), outbox.silentReceivers());
  }

  private AlertCard card(RuleSnapshot rule, AlertSnapshot alert) {
    Labels labels = alert.labels();
    String severity = labels.get("severity");
    int rank =
        (alert.state() == AlertState.FIRING ? 0 : 10)
            + switch (severity) {
              case "critical" -> 0;
              case "warning" -> 1;
              case "info" -> 2;
              default -> 3;
            };
    Instant now = clock.instant();
    return new AlertCard(
        rank,
        alert.state().text(),
        severity,
        labels.get("alertname"),
        MeasuredValue.tidy(alert.annotations().get("summary")),
        MeasuredValue.tidy(alert.annotations().get("description")),
        labels.without(List.of("alertname", "severity")).toString(),
        measured(alert),
        PageTime.of(alert.activeAt()),
        PageTime.span(Duration.between(alert.activeAt(), now)),
        link(
            EpisodeLinks.runbook(
                alert.annotations().get("runbook_url"), status.externalUrl(), labels)),
        EpisodeLinks.graph(graph(rule), alert.activeAt(), null, now),
        link(
            EpisodeLinks.dashboard(
                alert.annotations().get("dashboard_url"),
                status.grafanaUrl(),
                List.of(labels),
                alert.activeAt(),
                null,
                now)),
        PageLinks.silence(labels));
  }

  private static String graph(RuleSnapshot rule) {
    return rule.isOfLines() ? "/rules" : PageLinks.query(rule.query());
  }

  /// Returns the measured value as the alert's messages show it. If the messages show no value,
  /// returns the value of the alert's expression.
  private static String measured(AlertSnapshot alert) {
    String threshold = MeasuredValue.tidy(alert.annotations().get("threshold"));
    String annotation = alert.annotations().get("value");
    if (annotation.isEmpty()) {
      return MeasuredValue.tidy(GoFloat.general(alert.value()));
    }
    String value = MeasuredValue.tidyValue(annotation, threshold);
    return threshold.isEmpty() ? value : MeasuredValue.against(value, threshold, Language.ENGLISH);
  }

  private static String link(String address) {
    return LinkAddress.isLink(address) ? address : "";
  }

  /// Shows the rules.
  @GET
  @Path("/rules")
  public TemplateInstance rules() {
    var rows = new ArrayList<RuleRow>();
    for (GroupSnapshot group : rules.groups()) {
      for (RuleSnapshot rule : group.rules()) {
        String state =
            switch (rule) {
              case RuleSnapshot.Alerting alerting -> alerting.state().text();
              case RuleSnapshot.Recording _ -> "recording";
            };
        var evaluatedAt = rule.evaluation().at();
        rows.add(
            new RuleRow(
                group.name(),
                rule.name(),
                state,
                rule.query(),
                graph(rule),
                rule.evaluation().lastError(),
                rule.evaluation().warnings(),
                evaluatedAt == null ? null : PageTime.of(evaluatedAt)));
      }
    }
    return Templates.rules("Rules", rows);
  }
}
