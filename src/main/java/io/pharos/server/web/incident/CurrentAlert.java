package io.pharos.server.web.incident;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.message.Severity;
import io.pharos.model.Labels;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A current alert: one that the notifier knows, or a pending one of an own rule.
///
/// @param labels labels with which it is sent
/// @param isHeld whether missing data hides if its condition still holds
/// @param since when its condition became true, as far as it is known
/// @param origin the own rule that made it; empty for an alert that others posted
/// @param routes its routes, in file order; at least one
/// @param silencedBy ids of the silences that match it
/// @param inhibitedBy fingerprints of the alerts that inhibit it
public record CurrentAlert(
    Labels labels,
    Fingerprint fingerprint,
    Labels annotations,
    Standing standing,
    boolean isHeld,
    Instant since,
    Optional<Origin> origin,
    List<AlertOverview.Routed> routes,
    List<String> silencedBy,
    List<Fingerprint> inhibitedBy) {
  /// The most urgent first.
  static final Comparator<CurrentAlert> ORDER =
      Comparator.comparing(CurrentAlert::standing)
          .thenComparingInt(alert -> alert.severity().rank())
          .thenComparing(CurrentAlert::since)
          .thenComparing(CurrentAlert::labels);

  /// The rule of an alert, with the alert as the rule sees it.
  public record Origin(GroupSnapshot group, RuleSnapshot.Alerting rule, AlertSnapshot alert) {}

  public CurrentAlert {
    routes = List.copyOf(routes);
    silencedBy = List.copyOf(silencedBy);
    inhibitedBy = List.copyOf(inhibitedBy);
  }

  /// Returns the label `alertname`; empty if missing.
  public String name() {
    return labels.get("alertname");
  }

  /// Returns the severity, from the label `severity`.
  public Severity severity() {
    return Severity.of(labels.get("severity"));
  }

  /// Returns the labels of the notifier's group that the alert is in. If several routes match, the
  /// first decides.
  public Labels groupLabels() {
    return routes.getFirst().groupLabels();
  }
}
