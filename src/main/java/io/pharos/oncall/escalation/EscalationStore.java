package io.pharos.oncall.escalation;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/// Stores how far the policies of groups have gone. Methods throw
/// [io.pharos.trouble.StoreUnavailableException] if the store does not answer.
public interface EscalationStore {
  /// Stores states in one transaction. A stored state's version is one higher than the given one.
  ///
  /// @param now the time from which [#prune] counts
  /// @return the group keys of the states that were not stored, because another process stored the
  ///   group first
  Set<String> save(List<Escalation> changed, Instant now);

  /// Deletes the state of a group, unless the policy began after an instant.
  void end(String groupKey, Instant startedAt);

  /// Returns all states.
  List<Escalation> all();

  /// Deletes states that were last stored before an instant.
  void prune(Instant storedBefore);

  /// Returns a number that changes whenever another process may have changed a state.
  long version();
}
