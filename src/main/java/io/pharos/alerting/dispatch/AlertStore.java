package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Stores alerts across restarts. Methods throw unchecked exceptions on failure.
public interface AlertStore {
  /// Writes alerts in one transaction; they count as unsettled. Calls take effect in order,
  /// including later [#checkpoint]s and later writes to the outbox of the same
  /// [NotifierService.Stores]: a decision is never on disk without the alerts that it is based on,
  /// and fails if these cannot be written.
  ///
  /// @return completes when the alerts would survive a kill; fails if they cannot be written
  CompletableFuture<Void> save(Collection<TrackedAlert> alerts);

  /// Writes in one transaction what a kill may lose: renewed ends, settled alerts, deleted alerts,
  /// and the instant of this checkpoint.
  void checkpoint(
      Instant now,
      Collection<TrackedAlert> renewed,
      Collection<Fingerprint> settled,
      Collection<Fingerprint> forgotten);

  /// Loads all stored alerts.
  Stored load();

  /// Version of the stored alerts, for [#changesSince].
  default long version() {
    return 0;
  }

  /// Alerts that other replicas have stored since a version.
  default Changes changesSince(long version) {
    return new Changes(version, List.of());
  }

  /// Changes by other replicas.
  ///
  /// @param version to pass to the next call
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
  /// @param settled whether it is resolved and its end was reported to all receivers
  record StoredAlert(TrackedAlert alert, boolean settled) {}
}
