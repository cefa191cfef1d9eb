package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The state of a group that a notification would report to an integration.
///
/// @param closes whether the end of an announced alert is reported even while the alert is muted
/// @param alerts firing and resolved alerts in order; includes a muted alert only if its end is
///   reported
/// @param held announced alerts that still fire while they are muted; empty unless `closes`
/// @param step the step of a policy that reached the integration; null for other integrations
public record NotificationDecision(
    NotificationLogEntry.Key key,
    boolean sendResolved,
    boolean closes,
    Pipeline.FlushContext context,
    List<TrackedAlert> alerts,
    List<TrackedAlert> muted,
    FingerprintSet firing,
    FingerprintSet resolved,
    FingerprintSet held,
    String externalUrl,
    @Nullable EscalationStep step) {
  public NotificationDecision {
    alerts = List.copyOf(alerts);
    muted = List.copyOf(muted);
  }

  static NotificationDecision of(
      Integration integration,
      Pipeline.FlushContext context,
      List<TrackedAlert> alerts,
      List<TrackedAlert> muted,
      FingerprintSet firing,
      FingerprintSet resolved,
      String externalUrl) {
    return new NotificationDecision(
        new NotificationLogEntry.Key(context.groupKey(), integration.id()),
        integration.sendResolved(),
        integration.closes(),
        context,
        alerts,
        muted,
        firing,
        resolved,
        FingerprintSet.empty(),
        externalUrl,
        null);
  }

  NotificationDecision because(@Nullable EscalationStep reason) {
    return new NotificationDecision(
        key,
        sendResolved,
        closes,
        context,
        alerts,
        muted,
        firing,
        resolved,
        held,
        externalUrl,
        reason);
  }

  /// Returns a copy for an integration of another receiver.
  public NotificationDecision withIntegration(Integration other) {
    return of(other, context, alerts, muted, firing, resolved, externalUrl);
  }

  /// Whether the integration is a fallback: it belongs neither to the receiver of the group's route
  /// nor to a person.
  public boolean isFallback() {
    return step == null
        ? !key.integration().receiver().equals(context.receiver())
        : step.cause() == EscalationStep.Cause.FALLBACK;
  }

  /// Whether the fallback of the receiver is told if the integration cannot be notified.
  public boolean hasFallback() {
    return !isFallback() && !context.isNotice();
  }

  /// Whether there is a state to report once the ends of muted alerts are added.
  public sealed interface Closing {
    /// The integration may have to be notified of this state.
    record Propose(NotificationDecision proposal) implements Closing {}

    /// There is nothing to report, because everything is muted.
    ///
    /// @param settled false if ends of alerts remain to be reported as soon as no announced alert
    ///   fires any more
    record Nothing(boolean settled) implements Closing {}
  }

  /// Adds the ends of muted alerts that were announced.
  ///
  /// An end is reported with the next message. Without other news it is reported once no announced
  /// alert fires any more: the incident of a group must not be closed while one of its alerts is
  /// only muted.
  ///
  /// @param last log entry of the integration's last notification about the group
  public Closing withClosings(Optional<NotificationLogEntry> last) {
    Instant now = context.now();
    var ended = new ArrayList<TrackedAlert>();
    var stillFiring = new ArrayList<TrackedAlert>();
    if (closes && sendResolved && last.isPresent()) {
      for (TrackedAlert alert : muted) {
        if (last.get().firing().contains(alert.fingerprint())) {
          (alert.isResolved(now) ? ended : stillFiring).add(alert);
        }
      }
    }
    if (alerts.isEmpty() && (ended.isEmpty() || !stillFiring.isEmpty())) {
      return new Closing.Nothing(ended.isEmpty());
    }
    if (ended.isEmpty() && stillFiring.isEmpty()) {
      return new Closing.Propose(this);
    }
    var reported = new ArrayList<>(alerts);
    reported.addAll(ended);
    reported.sort(TrackedAlert.ORDER);
    return new Closing.Propose(
        new NotificationDecision(
            key,
            sendResolved,
            true,
            context,
            reported,
            muted,
            firing,
            resolved.with(FingerprintSet.ofAlerts(ended)),
            FingerprintSet.ofAlerts(stillFiring),
            externalUrl,
            step));
  }

  /// Decides whether the integration must be notified, and why.
  ///
  /// The conditions are checked in Alertmanager's order. The end of a group is recorded even for an
  /// integration that is not notified of ends. The end of a group that was never announced is not
  /// reported.
  ///
  /// @param last log entry of the integration's last notification about the group
  /// @return empty if the integration need not be notified
  public Optional<Notification.Reason> reason(Optional<NotificationLogEntry> last) {
    if (last.isEmpty()) {
      return firing.isEmpty()
          ? Optional.empty()
          : Optional.of(Notification.Reason.FIRST_NOTIFICATION);
    }
    NotificationLogEntry entry = last.get();
    if (!entry.firing().containsAll(firing)) {
      return Optional.of(
          entry.firing().isEmpty()
              ? Notification.Reason.FIRST_NOTIFICATION
              : Notification.Reason.NEW_ALERTS);
    }
    if (firing.isEmpty()) {
      return held.containsAll(entry.firing())
          ? Optional.empty()
          : Optional.of(Notification.Reason.ALL_RESOLVED);
    }
    if (sendResolved && !entry.resolved().containsAll(resolved)) {
      return Optional.of(Notification.Reason.SOME_RESOLVED);
    }
    return entry.timestamp().isBefore(context.now().minus(context.repeatInterval()))
        ? Optional.of(Notification.Reason.REPEAT)
        : Optional.empty();
  }

  /// What is due for an integration.
  public sealed interface Due {
    /// A notification.
    record Now(Notification.Reason reason) implements Due {}

    /// Nothing, because the integration knows the state.
    record Nothing() implements Due {}

    /// Nothing as long as an acknowledgement holds.
    record Withheld() implements Due {}
  }

  /// Decides what is due although, or because, the group's episode was acknowledged. The end of the
  /// group is always due.
  ///
  /// @param last log entry of the integration's last notification about the group
  /// @param acknowledged the last acknowledgement of the episode; null if there is none
  public Due due(
      Optional<NotificationLogEntry> last, EpisodeKeeper.@Nullable Acknowledged acknowledged) {
    Optional<Notification.Reason> reason =
        isNextStep(last) ? Optional.of(Notification.Reason.ESCALATED) : reason(last);
    // If the integration was notified of an end since, the acknowledgement was of an earlier
    // episode.
    if (acknowledged == null
        || firing.isEmpty()
        || last.filter(e -> e.firing().isEmpty() && e.timestamp().isAfter(acknowledged.at()))
            .isPresent()) {
      return due(reason);
    }
    if (acknowledged.holds(context.now())) {
      if (exceeds(acknowledged, last)) {
        return new Due.Now(Notification.Reason.MORE_SEVERE);
      }
      if (asks(acknowledged, last)) {
        return new Due.Now(Notification.Reason.STILL_ON_IT);
      }
      return reason.isPresent() ? new Due.Withheld() : new Due.Nothing();
    }
    EpisodeKeeper.Ended ended = acknowledged.ended();
    boolean isTold =
        last.filter(e -> !e.timestamp().isBefore(ended.at())).isPresent()
            || (step != null && step.since().isAfter(ended.at()));
    return isTold || ended.reason() == null ? due(reason) : new Due.Now(ended.reason());
  }

  /* A step is sent even if the integration knows the state. */
  private boolean isNextStep(Optional<NotificationLogEntry> last) {
    return step != null
        && !firing.isEmpty()
        && !(step.isFirst() && reason(last).isPresent())
        && last.filter(e -> !e.timestamp().isBefore(step.since())).isEmpty();
  }

  /* Of the people whom a policy told, only the owner is asked. */
  private boolean asks(
      EpisodeKeeper.Acknowledged acknowledged, Optional<NotificationLogEntry> last) {
    Instant since = acknowledged.asksSince(context.now());
    return since != null
        && (step == null || acknowledged.isOf(step.person()))
        && last.filter(e -> !e.timestamp().isBefore(since)).isEmpty();
  }

  private static Due due(Optional<Notification.Reason> reason) {
    return reason.<Due>map(Due.Now::new).orElseGet(Due.Nothing::new);
  }

  private boolean exceeds(
      EpisodeKeeper.Acknowledged acknowledged, Optional<NotificationLogEntry> last) {
    return alerts.stream()
        .filter(alert -> !alert.isResolved(context.now()))
        .filter(alert -> last.filter(e -> e.firing().contains(alert.fingerprint())).isEmpty())
        .anyMatch(alert -> acknowledged.isExceededBy(alert.labels()));
  }

  /// Returns the alerts that the log must list as firing once this state is sent: the firing
  /// alerts, and the held alerts, whose incident is still open.
  public FingerprintSet open() {
    return firing.with(held);
  }

  /// Creates the log entry that records this state without a notification.
  public NotificationLogEntry logEntry(Instant now) {
    return NotificationLogEntry.at(key, firing, resolved, now, context.repeatInterval());
  }

  /// Returns the repeat interval from which the retention of the log entry is computed. For an
  /// integration that closes incidents it is at least [NotificationLogEntry#RETENTION], because the
  /// entry is needed as long as alerts are muted.
  public Duration retention() {
    Duration repeat = context.repeatInterval();
    return closes && repeat.compareTo(NotificationLogEntry.RETENTION) < 0
        ? NotificationLogEntry.RETENTION
        : repeat;
  }
}
