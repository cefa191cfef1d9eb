package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An alert in a notification.
///
/// @param endsAt when it was resolved; null while it fires (Alertmanager writes
///   `0001-01-01T00:00:00Z` in that case)
/// @param announced whether this integration's last notification reported the alert in this state
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
    if ((status == Status.FIRING) != (endsAt == null)) {
      throw new IllegalArgumentException(
          "found the status %s with endsAt %s, expected endsAt only for a resolved alert"
              .formatted(status, endsAt));
    }
  }

  /// Whether the alert fires.
  public boolean isFiring() {
    return status == Status.FIRING;
  }

  /// State of an alert or of a group. A group fires if any of its alerts fires.
  public enum Status {
    FIRING("firing"),
    RESOLVED("resolved");

    private final String text;

    Status(String text) {
      this.text = text;
    }

    /// Returns the word for the state in templates and JSON.
    public String text() {
      return text;
    }
  }
}
