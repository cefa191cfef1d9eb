package io.pharos.lint;

import io.pharos.rules.RuleSpec;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The label `severity` of alerts.
public final class AlertSeverity {
  /// Name of the label.
  public static final String LABEL = "severity";

  /// Severities that messages format in a special way, and "none" for alerts that are never sent.
  public static final List<String> COMMON =
      List.of("critical", "error", "warning", "info", "none", "page");

  private AlertSeverity() {}

  /// Returns the severities of alerts, and those of nearly every configuration, which other
  /// programs may send through the API.
  public static Set<String> known(Collection<RuleSpec.Alerting> alerts) {
    var known = new TreeSet<>(List.of("critical", "warning", "info", "none"));
    alerts.forEach(alert -> known.add(alert.labels().getOrDefault(LABEL, "")));
    return known;
  }
}
