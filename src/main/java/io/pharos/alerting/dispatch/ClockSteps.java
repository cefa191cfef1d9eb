package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves the times that the notifier keeps when its clock makes a step (see [NotifierClock]).
///
/// @param sharesStore whether replicas, whose clocks made no step, use the same store
record ClockSteps(
    KnownAlerts alerts,
    AlertCheckpoint checkpoint,
    Silences silences,
    Outbox outbox,
    Executor executor,
    boolean sharesStore) {
  private static final Logger LOG = LoggerFactory.getLogger(ClockSteps.class);

  /// Handles a step of the clock.
  ///
  /// @param before last time before the step
  /// @param max maximum extension of an alert that expired in a gap
  /// @return the alerts that have changed
  List<TrackedAlert> handle(Instant before, Instant now, Duration max) {
    return now.isBefore(before) ? setBack(before, now) : extendExpired(before, now, max);
  }

  /* Extends the alerts that expired during a gap. Their senders could not renew them. */
  private List<TrackedAlert> extendExpired(Instant aliveAt, Instant now, Duration max) {
    List<TrackedAlert> extended = alerts.extend(aliveAt, now, max);
    LOG.warn(
        "The process stood still or the clock was set ahead from {} to {}; {} alerts that expired"
            + " meanwhile are extended",
        aliveAt,
        now,
        extended.size());
    extended.forEach(alert -> checkpoint.renew(alert.fingerprint()));
    return extended;
  }

  /* Alerts and silences that had ended stay so. An alert that fires keeps its end: its rule may not
   * be evaluated until the clock has caught up. Other replicas judge the stored alerts by their
   * own clocks. */
  private List<TrackedAlert> setBack(Instant before, Instant now) {
    moveSilences(before, now);
    outbox.clockSetBack(Duration.between(now, before));
    List<TrackedAlert> moved = alerts.setBack(before, now);
    LOG.warn(
        "The clock was set back from {} to {}; alerts and silences that had ended stay ended",
        before,
        now);
    if (!sharesStore) {
      moved.forEach(alert -> checkpoint.renew(alert.fingerprint()));
    }
    return moved.stream().filter(alert -> !alerts.isSettled(alert.fingerprint())).toList();
  }

  /// Moves the silences after the clock was set back.
  void moveSilences(Instant before, Instant now) {
    List<Silence> moved = silences.setBack(before, now);
    if (!moved.isEmpty()) {
      executor.execute(() -> silences.storeMoved(moved));
    }
  }
}
