package io.pharos.alerting.dispatch;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// Leases on shards, as one replica sees them. Times are the store's own, so that clocks need not
/// agree. Methods throw unchecked exceptions when they can't.
public interface LeaseStore {
  /// Says that this replica lives, and renews its leases.
  Renewed renew(Duration length);

  /// What a renewal found.
  ///
  /// @param replicas how many live, this one among them
  /// @param held the shards of this replica with their tokens
  record Renewed(int replicas, Map<Integer, Long> held) {
    public Renewed {
      held = Map.copyOf(held);
    }
  }

  /// Takes shards that are free or whose lease has ended, each with a token above all before.
  ///
  /// @param most at most so many
  Map<Integer, Long> acquire(int most, Duration length);

  /// Lets go of shards.
  void release(Set<Integer> shards);

  /// Says that this replica is gone and lets go of all it has.
  void leave();
}
