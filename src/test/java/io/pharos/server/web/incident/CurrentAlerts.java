package io.pharos.server.web.incident;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Makes current alerts for tests.
public final class CurrentAlerts {
  public static final Instant START = Instant.parse("2026-11-29T03:00:00Z");

  private CurrentAlerts() {}

  /// An alert that is grouped by its name.
  public static CurrentAlert alert(Standing standing, Labels labels, CurrentAlert... causes) {
    Labels group = labels.only(List.of("alertname"));
    return new CurrentAlert(
        labels,
        Fingerprint.of(labels),
        Labels.of("summary", "summary of " + labels.get("alertname")),
        standing,
        false,
        START,
        Optional.empty(),
        List.of(
            new AlertOverview.Routed(
                "{}",
                "on-call",
                group,
                "{}:" + group,
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofHours(4),
                List.of())),
        standing == Standing.SILENCED ? List.of("silence-1") : List.of(),
        Stream.of(causes).map(CurrentAlert::fingerprint).toList());
  }

  /// A critical alert with a name.
  public static CurrentAlert alert(Standing standing, String name, CurrentAlert... causes) {
    return alert(standing, Labels.of("alertname", name, "severity", "critical"), causes);
  }
}
