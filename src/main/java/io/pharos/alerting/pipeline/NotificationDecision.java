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
public record NotificationDecision(
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
  public NotificationDecision {
    requireNonNull(key, "key is null");
    alerts = List.copyOf(alerts);
    muted = List.copyOf(muted);
  }

  /// The same for an integration of another receiver.
  public NotificationDecision withIntegration(Integration other) {
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
  public boolean isFallback() {
    return !key.integration().receiver().equals(context.receiver());
  }

  /// What there is to tell an integration that closes what it opened.
  public sealed interface Closing {
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
  public Closing withClosings(Optional<NotificationLogEntry> told) {
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

  /// Decides why the integration must be notified, if it must.
  ///
  /// The order of the conditions is Alertmanager's. The end of a group is recorded even for an
  /// integration that is not notified of ends, and a group that was never announced is not
  /// announced by its end.
  ///
  /// @param last what the integration was last notified of
  public Optional<NotifyReason> reason(Optional<NotificationLogEntry> last) {
    if (last.isEmpty()) {
      return firing.isEmpty() ? Optional.empty() : Optional.of(NotifyReason.FIRST_NOTIFICATION);
    }
    NotificationLogEntry entry = last.get();
    if (!entry.firing().containsAll(firing)) {
      return Optional.of(
          entry.firing().isEmpty() ? NotifyReason.FIRST_NOTIFICATION : NotifyReason.NEW_ALERTS);
    }
    if (firing.isEmpty()) {
      return held.containsAll(entry.firing())
          ? Optional.empty()
          : Optional.of(NotifyReason.ALL_RESOLVED);
    }
    if (sendResolved && !entry.resolved().containsAll(resolved)) {
      return Optional.of(NotifyReason.SOME_RESOLVED);
    }
    return entry.timestamp().isBefore(context.now().minus(context.repeatInterval()))
        ? Optional.of(NotifyReason.REPEAT)
        : Optional.empty();
  }

  /// What the log says once this has been told: the alerts that are held are still open.
  public FingerprintSet open() {
    return firing.with(held);
  }

  /// How long the log keeps what was told of the group: an integration that closes what it opened
  /// must know of it however long it is muted.
  public Duration retention() {
    Duration repeat = context.repeatInterval();
    return closes && repeat.compareTo(NotificationLogEntry.RETENTION) < 0
        ? NotificationLogEntry.RETENTION
        : repeat;
  }
}
