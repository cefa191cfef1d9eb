package io.pharos.server.web.release;

import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.QueryWork;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.incident.Board;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The alerts of a service that fired during a release.
///
/// @param problem why they are unknown; empty if they are known
record FiredAlerts(List<Fired> alerts, String problem) {
  /// Maximum time in which firing alerts are shown with a release: one whose end is never reported
  /// would show all later alerts.
  private static final Duration MAX_DURATION = Duration.ofDays(1);

  /// A person waits no longer for a page.
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  /// An alert.
  ///
  /// @param address its incident, or who was told if it has ended
  /// @param isCurrent whether its incident is current
  record Fired(String name, String severity, String address, boolean isCurrent) {}

  FiredAlerts {
    alerts = List.copyOf(alerts);
  }

  /// Queries the alerts. If the query fails they are unknown: an empty list would wrongly say that
  /// none fired.
  static FiredAlerts of(
      String service, Instant from, Instant to, Evaluator evaluator, QueryWork work, Board board) {
    Instant last = to.isAfter(from.plus(MAX_DURATION)) ? from.plus(MAX_DURATION) : to;
    long seconds = Math.max(60, Duration.between(from, last).toSeconds());
    String expression =
        "max by (alertname, severity) (max_over_time(ALERTS{alertstate=\"firing\",%s}[%ss]))"
            .formatted(LabelMatcher.equal("service", service), seconds);
    try {
      return work.call(
          Optional.of(MAX_WAIT),
          () ->
              evaluator.instant(expression, last.toEpochMilli()).value()
                      instanceof InstantVector vector
                  ? new FiredAlerts(fired(vector, service, board), "")
                  : unknown("the engine did not return a vector"));
    } catch (BusyException e) {
      return unknown(e.text());
    } catch (CancelledException _) {
      return unknown("the query took longer than " + MAX_WAIT.toSeconds() + " s");
    } catch (QueryException e) {
      return unknown(e.reason());
    }
  }

  private static FiredAlerts unknown(String problem) {
    return new FiredAlerts(List.of(), PageText.of(problem));
  }

  private static List<Fired> fired(InstantVector vector, String service, Board board) {
    var fired = new ArrayList<Fired>();
    for (int i = 0; i < vector.size(); i++) {
      Labels labels = vector.labels(i);
      String name = labels.get("alertname");
      if (Board.isHeartbeat(name)) {
        continue;
      }
      Optional<String> incident =
          board
              .all()
              .filter(
                  it ->
                      it.alerts().stream()
                          .anyMatch(
                              alert ->
                                  alert.name().equals(name)
                                      && alert.labels().get("service").equals(service)))
              .map(it -> PageLinks.incident(it.groupLabels()))
              .findFirst();
      fired.add(
          new Fired(
              PageText.of(name),
              PageText.of(labels.get("severity")),
              incident.orElse("/routing/ledger?text=" + PageLinks.encoded(name)),
              incident.isPresent()));
    }
    fired.sort(Comparator.comparing(Fired::name));
    return fired;
  }
}
