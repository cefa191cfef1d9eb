package io.pharos.oncall.drill;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Stores drills. Methods throw [io.pharos.trouble.StoreUnavailableException] if the store does not
/// answer.
public interface DrillStore {
  /// Stores a new drill, and returns it with its number; empty if a drill of the policy is open, or
  /// the same begin of the schedule had a drill before.
  Optional<Drill> add(Drill drill);

  /// Stores a changed drill.
  ///
  /// @return false if another process changed it first
  boolean save(Drill drill);

  /// Returns the drill with a number.
  Optional<Drill> find(long number);

  /// Returns the drills that are open or ended after an instant.
  List<Drill> recent(Instant endedAfter);

  /// Returns the newest drills, newest first.
  ///
  /// @param policy empty for all
  List<Drill> newest(String policy, int limit);

  /// Returns since when a policy has a schedule: the time of the first call with the same
  /// definition.
  Instant scheduledSince(String policy, String definition, Instant now);

  /// Deletes drills that ended before an instant.
  void prune(Instant endedBefore);
}
