package io.pharos.alerting.outbox;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationDecision;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.config.pharos.DeliverySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A row of the outbox: a notification that was decided and must be delivered.
///
/// @param firing all alerts of the group that fired at the decision
/// @param resolved all alerts of the group that were resolved, including those that the message
///   omits
/// @param repeatInterval repeat interval of the group's route
/// @param deadline when the delivery is given up, by the clock at the decision
public record Delivery(
    NotificationLogEntry.Key key,
    Notification notification,
    FingerprintSet firing,
    FingerprintSet resolved,
    Duration repeatInterval,
    Instant deadline) {
  /// Creates the delivery of a decision.
  ///
  /// @param id globally unique id
  /// @param last log entry of the integration's last notification about the group
  static Delivery of(
      NotificationDecision decision,
      String id,
      Notification.Reason reason,
      Optional<NotificationLogEntry> last) {
    Pipeline.FlushContext context = decision.context();
    List<NotifiedAlert> shown =
        decision.alerts().stream()
            .map(alert -> notified(alert, last, context.now()))
            .filter(alert -> alert.isFiring() || decision.sendResolved())
            .toList();
    Integration.Id integration = decision.key().integration();
    var notification =
        new Notification(
            id,
            integration.receiver(),
            integration.type(),
            integration.index(),
            context.groupKey(),
            Notification.statusOf(shown),
            context.groupLabels(),
            Notification.common(shown, NotifiedAlert::labels),
            Notification.common(shown, NotifiedAlert::annotations),
            decision.externalUrl(),
            shown,
            shown(decision, reason),
            context.now(),
            0,
            reason == Notification.Reason.FIRST_NOTIFICATION
                || last.filter(entry -> !entry.firing().isEmpty()).isEmpty(),
            false,
            decision.step());
    return new Delivery(
        decision.key(),
        notification,
        decision.open(),
        decision.resolved(),
        decision.retention(),
        context.now().plus(context.timeout()));
  }

  private static Notification.Reason shown(
      NotificationDecision decision, Notification.Reason reason) {
    if (decision.context().isNotice()) {
      return Notification.Reason.SHIFT;
    }
    return decision.isFallback() && !decision.firing().isEmpty()
        ? Notification.Reason.FALLBACK
        : reason;
  }

  private static NotifiedAlert notified(
      TrackedAlert alert, Optional<NotificationLogEntry> last, Instant now) {
    boolean resolved = alert.isResolved(now);
    boolean announced =
        last.map(entry -> resolved ? entry.resolved() : entry.firing())
            .map(set -> set.contains(alert.fingerprint()))
            .orElse(false);
    return new NotifiedAlert(
        alert.labels(),
        alert.annotations(),
        alert.startsAt(),
        resolved ? alert.endsAt() : null,
        resolved ? NotifiedAlert.Status.RESOLVED : NotifiedAlert.Status.FIRING,
        alert.fingerprint(),
        alert.generatorUrl(),
        announced);
  }

  /// Returns the id, which is the idempotency key of the delivery.
  public String id() {
    return notification.deliveryId();
  }

  NotificationLogEntry logEntry(Instant now) {
    return NotificationLogEntry.at(key, firing, resolved, now, repeatInterval);
  }

  Delivery asPossibleDuplicate() {
    return new Delivery(
        key, notification.asPossibleDuplicate(), firing, resolved, repeatInterval, deadline);
  }

  boolean isUrgent(DeliverySettings settings) {
    return notification.firing().stream().anyMatch(alert -> settings.isUrgent(alert.labels()));
  }

  /// Whether the message reports exactly these firing and resolved alerts.
  boolean hasState(FingerprintSet otherFiring, FingerprintSet otherResolved) {
    return firing.equals(otherFiring) && resolved.equals(otherResolved);
  }

  /// State of a delivery.
  public enum Status {
    PENDING,
    SENT,
    FAILED,
    SUPERSEDED
  }
}
