package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Fills in missing start and end times of alerts, and extends ends that could not be renewed.
final class AlertTimes {
  private AlertTimes() {}

  /// Fills in the times that a posted alert omits.
  static TrackedAlert track(Alert alert, Instant now, Duration resolveTimeout) {
    Instant end = alert.endsAt();
    Instant start = alert.startsAt();
    boolean timeout = end == null;
    Instant endsAt = end == null ? now.plus(resolveTimeout) : end;
    Instant startsAt = start == null ? (end == null ? now : end) : start;
    return new TrackedAlert(
        alert.labels(),
        alert.fingerprint(),
        alert.annotations(),
        startsAt,
        endsAt,
        now,
        timeout,
        alert.generatorUrl());
  }

  /// Returns why an alert is invalid, if it is.
  static Optional<String> problem(TrackedAlert alert) {
    if (alert.labels().isEmpty()) {
      return Optional.of("at least one label pair required");
    }
    if (alert.endsAt().isBefore(alert.startsAt())) {
      return Optional.of(
          "start time must be before end time: "
              + alert.labels()
              + " starts at "
              + alert.startsAt()
              + " and ends at "
              + alert.endsAt());
    }
    return Optional.empty();
  }

  /// Extends an alert that fired when this process was last alive and expired while it was down,
  /// because nobody could renew it: by its last validity, but at most one resolve timeout.
  static TrackedAlert extend(TrackedAlert alert, Instant aliveAt, Instant now, Duration most) {
    boolean ranOutMeanwhile =
        alert.endsAt().isAfter(aliveAt)
            && alert.isResolved(now)
            && alert.endsAt().isAfter(alert.updatedAt());
    if (!ranOutMeanwhile) {
      return alert;
    }
    Duration had = Duration.between(alert.updatedAt(), alert.endsAt());
    return alert.withEndsAt(now.plus(had.compareTo(most) < 0 ? had : most));
  }
}
