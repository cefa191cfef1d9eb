package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.util.List;
import java.util.function.Predicate;

/// An alert with what mutes it now, for the API.
///
/// @param receivers names of the receivers of the matching routes, in file order
/// @param silencedBy ids of silences
/// @param inhibitedBy fingerprints of alerts
/// @param mutedBy names of time intervals; only known within a group
public record AlertStatus(
    TrackedAlert alert,
    List<String> receivers,
    List<String> silencedBy,
    List<Fingerprint> inhibitedBy,
    List<String> mutedBy) {
  public AlertStatus {
    receivers = List.copyOf(receivers);
    silencedBy = List.copyOf(silencedBy);
    inhibitedBy = List.copyOf(inhibitedBy);
    mutedBy = List.copyOf(mutedBy);
  }

  /// Returns a copy with only the selected receivers, by name.
  AlertStatus within(Predicate<String> selected) {
    return new AlertStatus(
        alert,
        receivers.stream().filter(selected).sorted().toList(),
        silencedBy,
        inhibitedBy,
        mutedBy);
  }

  /// Whether anything mutes the alert.
  public boolean isSuppressed() {
    return !silencedBy.isEmpty() || !inhibitedBy.isEmpty() || !mutedBy.isEmpty();
  }
}
