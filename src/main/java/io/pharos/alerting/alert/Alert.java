package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An alert as it is posted to a notifier.
///
/// Times are optional as in Alertmanager's API; the receiving side fills them in.
///
/// @param labels its identity, `alertname` among them
/// @param annotations text for people
/// @param startsAt when it began to fire
/// @param endsAt when it resolves: a past time means resolved; a future time means firing until
///   then unless it is sent again
/// @param generatorUrl page of the rule's expression; empty if unknown
public record Alert(
    Labels labels,
    Labels annotations,
    @Nullable Instant startsAt,
    @Nullable Instant endsAt,
    String generatorUrl) {
  /// The label `alertname`; empty if missing.
  public String name() {
    return labels.get("alertname");
  }

  /// The fingerprint of the labels.
  public Fingerprint fingerprint() {
    return Fingerprint.of(labels);
  }
}
