package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An alert as it is posted to a notifier.
///
/// Times are optional as in Alertmanager's API; the notifier fills in missing times.
///
/// @param labels identity of the alert, including `alertname`
/// @param annotations texts for people
/// @param startsAt when the alert began to fire
/// @param endsAt when the alert resolves. If the time is past, the alert is resolved; if it is in
///   the future, the alert fires until then unless it is posted again
/// @param generatorUrl page that shows the rule's expression; empty if unknown
public record Alert(
    Labels labels,
    Labels annotations,
    @Nullable Instant startsAt,
    @Nullable Instant endsAt,
    String generatorUrl) {
  /// Returns the label `alertname`; empty if missing.
  public String name() {
    return labels.get("alertname");
  }

  /// Returns the fingerprint of the labels.
  public Fingerprint fingerprint() {
    return Fingerprint.of(labels);
  }
}
