package io.pharos.alerting.dispatch;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// Leases on shards, from the view of one replica. Times are the store's, so clocks need not agree.
/// Methods throw unchecked exceptions on failure.
public interface LeaseStore {
  /// Reports that this replica is alive, and renews its leases.
  Renewed renew(Duration length);

  /// Result of a renewal.
  ///
  /// @param replicas number of live replicas, including this one
  /// @param held the shards of this replica with their fencing tokens
  record Renewed(int replicas, Map<Integer, Long> held) {
    public Renewed {
      held = Map.copyOf(held);
    }
  }

  /// Takes shards that are free or whose lease has ended, each with a higher fencing token than
  /// ever before.
  ///
  /// @param most maximum number of shards
  Map<Integer, Long> acquire(int most, Duration length);

  /// Releases shards.
  void release(Set<Integer> shards);

  /// Reports that this replica has ended, and releases all its shards.
  void leave();
}
