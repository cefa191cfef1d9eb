package io.pharos.alerting.pipeline;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Decides whether a group's state is news to an integration.
final class DedupStage {
  private DedupStage() {}

  /// Why the integration is to be told, or nothing.
  ///
  /// The order of the questions is Alertmanager's and matters: that everything is resolved is noted
  /// even where resolved alerts are not told, and a group of which nothing was told is not
  /// announced by its end.
  ///
  /// @param told what it was told last
  /// @param held alerts that it was told of, that still fire, and that are muted: nothing is over
  ///   by their absence
  static Optional<NotifyReason> reason(
      Optional<NotificationLogEntry> told,
      FingerprintSet firing,
      FingerprintSet resolved,
      FingerprintSet held,
      boolean sendResolved,
      Duration repeatInterval,
      Instant tick) {
    if (told.isEmpty()) {
      return firing.isEmpty() ? Optional.empty() : Optional.of(NotifyReason.FIRST_NOTIFICATION);
    }
    NotificationLogEntry entry = told.get();
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
    return entry.timestamp().isBefore(tick.minus(repeatInterval))
        ? Optional.of(NotifyReason.REPEAT)
        : Optional.empty();
  }
}
