package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Keeps alerts over a restart. Methods throw unchecked exceptions when they can't.
public interface AlertStore {
  /// Writes alerts as they are now, in one transaction; they count as unsettled. Calls take effect
  /// in their order, a later [#checkpoint] and what a later call gives to the outbox of the same
  /// [NotifierStores] included: a decision is never on the disk without the alerts that it was made
  /// on, and fails where it came with alerts that can't be written.
  ///
  /// @return done when they would survive a kill; fails where they can't be written
  CompletableFuture<Void> save(Collection<TrackedAlert> alerts);

  /// Writes in one transaction what may be lost by a kill: renewed ends, settled alerts, alerts
  /// that may go, and that all this was true at an instant.
  void checkpoint(
      Instant now,
      Collection<TrackedAlert> renewed,
      Collection<Fingerprint> settled,
      Collection<Fingerprint> forgotten);

  /// What was last stored.
  Stored load();

  /// The version of what is stored, for [#changesSince].
  default long version() {
    return 0;
  }

  /// Alerts that other replicas have stored since a version.
  default Changes changesSince(long version) {
    return new Changes(version, List.of());
  }

  /// What other replicas have stored.
  ///
  /// @param version to ask from the next time
  record Changes(long version, List<TrackedAlert> alerts) {
    public Changes {
      alerts = List.copyOf(alerts);
    }
  }

  /// What a store holds.
  ///
  /// @param aliveAt the latest checkpoint; the epoch if there was none
  record Stored(List<StoredAlert> alerts, Instant aliveAt) {
    public Stored {
      alerts = List.copyOf(alerts);
    }
  }

  /// An alert of the store.
  ///
  /// @param settled whether it is over and everyone who was to know that has been told
  record StoredAlert(TrackedAlert alert, boolean settled) {}
}
