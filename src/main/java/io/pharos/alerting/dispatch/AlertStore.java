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
  /// on. If these alerts cannot be written, the write of the decision fails.
  ///
  /// @return a future that completes once a kill of the process can no longer lose the alerts; it
  ///   fails if they cannot be written
  CompletableFuture<Void> save(Collection<TrackedAlert> alerts);

  /// Writes the changes that need not be stored at once: renewed ends, settled alerts, deleted
  /// alerts, and the instant of this checkpoint. They are written in one transaction.
  void checkpoint(
      Instant now,
      Collection<TrackedAlert> renewed,
      Collection<Fingerprint> settled,
      Collection<Fingerprint> forgotten);

  /// Loads all stored alerts.
  Stored load();

  /// Returns the current version of the stored alerts, to pass to [#changesSince].
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
  /// @param aliveAt instant of the latest checkpoint; the epoch if there is no checkpoint
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
