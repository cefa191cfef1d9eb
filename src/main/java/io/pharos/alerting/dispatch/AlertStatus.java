package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.util.List;
import java.util.function.Predicate;

/// An alert with what mutes it now, as the API shows it.
///
/// @param receivers names of the receivers of the routes that take it, in file order
/// @param silencedBy ids of silences
/// @param inhibitedBy fingerprints of alerts
/// @param mutedBy names of time intervals; only known where the alert is looked at in its group
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

  /// The same with such receivers only, by name: how it is shown in its groups.
  AlertStatus within(Predicate<String> wanted) {
    return new AlertStatus(
        alert,
        receivers.stream().filter(wanted).sorted().toList(),
        silencedBy,
        inhibitedBy,
        mutedBy);
  }

  public boolean isSuppressed() {
    return !silencedBy.isEmpty() || !inhibitedBy.isEmpty() || !mutedBy.isEmpty();
  }
}
