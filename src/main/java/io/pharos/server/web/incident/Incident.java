package io.pharos.server.web.incident;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.message.Severity;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/// The alerts of one group of the notifier, which are notified together.
///
/// @param alerts at least one, the most urgent first
/// @param consequences the incidents whose alerts are all inhibited by alerts of this incident
public record Incident(Labels groupLabels, List<CurrentAlert> alerts, List<Incident> consequences) {
  /// The most urgent first.
  static final Comparator<Incident> ORDER =
      Comparator.comparing(Incident::standing)
          .thenComparingInt(incident -> incident.severity().rank())
          .thenComparing(Incident::since)
          .thenComparing(Incident::groupLabels);

  /// @throws IllegalArgumentException if there are no alerts
  public Incident {
    if (alerts.isEmpty()) {
      throw new IllegalArgumentException("expected at least one alert in the incident");
    }
    alerts = alerts.stream().sorted(CurrentAlert.ORDER).toList();
    consequences = consequences.stream().sorted(ORDER).toList();
  }

  /// Returns the id in the address of its page.
  public Fingerprint id() {
    return Fingerprint.of(groupLabels);
  }

  /// Returns the most urgent alert.
  public CurrentAlert worst() {
    return alerts.getFirst();
  }

  /// Returns the standing of the most urgent alert.
  public Standing standing() {
    return worst().standing();
  }

  /// Returns the severity of the most urgent alert.
  public Severity severity() {
    return worst().severity();
  }

  /// Returns when the first of its alerts began.
  public Instant since() {
    return alerts.stream().map(CurrentAlert::since).min(Comparator.naturalOrder()).orElseThrow();
  }
}
