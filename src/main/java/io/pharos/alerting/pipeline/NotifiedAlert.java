package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One alert as a notification tells of it.
///
/// @param endsAt when it was resolved; null while it fires (Alertmanager writes
///   `0001-01-01T00:00:00Z` then)
/// @param announced whether the last notification to this integration told of it in this state
public record NotifiedAlert(
    Labels labels,
    Labels annotations,
    Instant startsAt,
    @Nullable Instant endsAt,
    Status status,
    Fingerprint fingerprint,
    String generatorUrl,
    boolean announced) {
  public NotifiedAlert {
    requireNonNull(labels, "labels is null");
    requireNonNull(annotations, "annotations is null");
    requireNonNull(startsAt, "startsAt is null");
    requireNonNull(status, "status is null");
    requireNonNull(fingerprint, "fingerprint is null");
    requireNonNull(generatorUrl, "generatorUrl is null");
    if ((status == Status.FIRING) != (endsAt == null)) {
      throw new IllegalArgumentException(status + " alert with endsAt " + endsAt);
    }
  }

  public boolean isFiring() {
    return status == Status.FIRING;
  }

  /// Whether an alert, or a group with at least one such alert, fires.
  public enum Status {
    FIRING("firing"),
    RESOLVED("resolved");

    private final String text;

    Status(String text) {
      this.text = text;
    }

    /// The word that templates and JSON use.
    public String text() {
      return text;
    }
  }
}
