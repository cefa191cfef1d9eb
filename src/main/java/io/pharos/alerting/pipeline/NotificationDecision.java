package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.alert.TrackedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A group's state as one integration would be told of it, if it is news.
///
/// @param closes whether what was told as firing is told as over even while it is muted
/// @param alerts firing and resolved, in order, none of them muted but for those that are closed
/// @param muted the alerts that were taken out
/// @param firing of the alerts, those that fire
/// @param resolved of the alerts, those that are over
/// @param held alerts that were told as firing and fire on while they are muted; only known where
///   `closes`
record NotificationDecision(
    NotificationLogKey key,
    boolean sendResolved,
    boolean closes,
    FlushContext context,
    List<TrackedAlert> alerts,
    List<TrackedAlert> muted,
    FingerprintSet firing,
    FingerprintSet resolved,
    FingerprintSet held,
    String externalUrl) {
  NotificationDecision {
    requireNonNull(key, "key is null");
    alerts = List.copyOf(alerts);
    muted = List.copyOf(muted);
  }

  /// The same for an integration of another receiver.
  NotificationDecision to(Integration other) {
    return new NotificationDecision(
        new NotificationLogKey(key.groupKey(), other.id()),
        other.sendResolved(),
        other.closes(),
        context,
        alerts,
        muted,
        firing,
        resolved,
        FingerprintSet.empty(),
        externalUrl);
  }

  /// Whether the integration is told in the place of the receiver of the group's route.
  boolean isFallback() {
    return !key.integration().receiver().equals(context.receiver());
  }

  /// What there is to tell an integration that closes what it opened.
  sealed interface Closing {
    /// Something to be looked at.
    record Propose(NotificationDecision proposal) implements Closing {}

    /// All that could be told is muted.
    ///
    /// @param settled false while ends wait to be told until nothing of what was told fires any
    ///   more
    record Nothing(boolean settled) implements Closing {}
  }

  /// Adds the ends of muted alerts that the integration was told of.
  ///
  /// An end is told with the next message, or alone once nothing of what was told fires any more:
  /// an incident of the whole group is not closed under an alert that is only muted.
  Closing withClosings(Optional<NotificationLogEntry> told) {
    Instant now = context.now();
    var ended = new ArrayList<TrackedAlert>();
    var fires = new ArrayList<TrackedAlert>();
    if (closes && sendResolved && told.isPresent()) {
      for (TrackedAlert alert : muted) {
        if (told.get().firing().contains(alert.fingerprint())) {
          (alert.isResolved(now) ? ended : fires).add(alert);
        }
      }
    }
    if (alerts.isEmpty() && (ended.isEmpty() || !fires.isEmpty())) {
      return new Closing.Nothing(ended.isEmpty());
    }
    if (ended.isEmpty() && fires.isEmpty()) {
      return new Closing.Propose(this);
    }
    var all = new ArrayList<>(alerts);
    all.addAll(ended);
    all.sort(TrackedAlert.ORDER);
    return new Closing.Propose(
        new NotificationDecision(
            key,
            sendResolved,
            true,
            context,
            all,
            muted,
            firing,
            resolved.with(FingerprintSet.ofAlerts(ended)),
            FingerprintSet.ofAlerts(fires),
            externalUrl));
  }

  /// What the log says once this has been told: the alerts that are held are still open.
  FingerprintSet open() {
    return firing.with(held);
  }

  /// How long the log keeps what was told of the group: an integration that closes what it opened
  /// must know of it however long it is muted.
  Duration kept() {
    Duration repeat = context.repeatInterval();
    return closes && repeat.compareTo(NotificationLogEntry.RETENTION) < 0
        ? NotificationLogEntry.RETENTION
        : repeat;
  }

  /// The delivery of this.
  ///
  /// @param id unique for ever
  Delivery delivery(String id, NotifyReason reason, Optional<NotificationLogEntry> told) {
    List<NotifiedAlert> shown =
        alerts.stream()
            .map(alert -> notified(alert, told, context.now()))
            .filter(alert -> alert.isFiring() || sendResolved)
            .toList();
    IntegrationId integration = key.integration();
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
            externalUrl,
            shown,
            isFallback() && !firing.isEmpty() ? NotifyReason.FALLBACK : reason,
            context.now(),
            0,
            reason == NotifyReason.FIRST_NOTIFICATION,
            false);
    return new Delivery(key, notification, open(), resolved, kept(), context.deadline());
  }

  private static NotifiedAlert notified(
      TrackedAlert alert, Optional<NotificationLogEntry> told, Instant now) {
    boolean resolved = alert.isResolved(now);
    boolean announced =
        told.map(entry -> resolved ? entry.resolved() : entry.firing())
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
}
