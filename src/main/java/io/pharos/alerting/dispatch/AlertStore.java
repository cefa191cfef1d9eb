package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Stores alerts across restarts. Methods throw unchecked exceptions on failure.
public interface AlertStore {
  /// Writes alerts in one transaction and marks them as unsettled.
  ///
  /// Calls take effect in order. This includes later [#checkpoint]s and later writes to the outbox
  /// of the same [NotifierService.Stores]: a decision is written after the alerts that it is based
  /// on, and fails if these cannot be written.
  ///
  /// @return completes when the alerts would survive a kill; fails if they cannot be written
  CompletableFuture<Void> save(Collection<TrackedAlert> alerts);

  /// Writes in one transaction the changes that a kill may lose: renewed ends, settled alerts,
  /// deleted alerts, and the instant of this checkpoint.
  void checkpoint(
      Instant now,
      Collection<TrackedAlert> renewed,
      Collection<Fingerprint> settled,
      Collection<Fingerprint> forgotten);

  /// Loads all stored alerts.
  Stored load();

  /// Returns the version of the stored alerts, from which [#changesSince] continues.
  default long version() {
    return 0;
  }

  /// Loads the alerts that other replicas have stored since a version.
  default Changes changesSince(long version) {
    return new Changes(version, List.of());
  }

  /// Alerts that other replicas have stored.
  ///
  /// @param version version to pass to the next call of [#changesSince]
  record Changes(long version, List<TrackedAlert> alerts) {
    public Changes {
      alerts = List.copyOf(alerts);
    }
  }

  /// The content of a store.
  ///
  /// @param aliveAt instant of the latest checkpoint; the epoch if there was none
  record Stored(List<StoredAlert> alerts, Instant aliveAt) {
    public Stored {
      alerts = List.copyOf(alerts);
    }
  }

  /// A stored alert.
  ///
  /// @param settled whether the alert is resolved and its end was reported to all receivers
  record StoredAlert(TrackedAlert alert, boolean settled) {}
}
