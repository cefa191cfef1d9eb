package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When alerts begin and end, where that was not said or could not be.
final class AlertTimes {
  private AlertTimes() {}

  /// A posted alert with the times that it left out.
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

  /// Why an alert is refused, or nothing.
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

  /// An alert that fired when this process was last alive and ran out while it was away could not
  /// be renewed: it gets as long again as it had, a resolve timeout at most, before it counts as
  /// over.
  static TrackedAlert excuse(TrackedAlert alert, Instant aliveAt, Instant now, Duration most) {
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
