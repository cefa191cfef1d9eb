package io.pharos.alerting.alert;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One alert as it is posted to a notifier: what is wrong, since when, and until when that is
/// known.
///
/// The times are optional as in Alertmanager's API: whoever receives the alert fills them in.
///
/// @param labels its identity, `alertname` among them
/// @param annotations text for people
/// @param startsAt when it began to fire
/// @param endsAt when it is resolved: in the past it is over, in the future it is believed until
///   then unless sent again
/// @param generatorUrl where the expression can be looked at; empty if unknown
public record Alert(
    Labels labels,
    Labels annotations,
    @Nullable Instant startsAt,
    @Nullable Instant endsAt,
    String generatorUrl) {
  public Alert {
    requireNonNull(labels, "labels is null");
    requireNonNull(annotations, "annotations is null");
    requireNonNull(generatorUrl, "generatorUrl is null");
  }

  public String name() {
    return labels.get("alertname");
  }

  public Fingerprint fingerprint() {
    return Fingerprint.of(labels);
  }
}
