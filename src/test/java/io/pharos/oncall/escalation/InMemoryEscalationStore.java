package io.pharos.oncall.escalation;

import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Escalations in memory, for tests on virtual time. It survives a restart.
final class InMemoryEscalationStore implements EscalationStore {
  private final Map<String, Escalation> states = new LinkedHashMap<>();
  private long changes;
  boolean isAway;

  private void reach() {
    if (isAway) {
      throw new StoreUnavailableException("the database is away", new IllegalStateException());
    }
  }

  @Override
  public Set<String> save(List<Escalation> changed, Instant now) {
    reach();
    var overtaken = new HashSet<String>();
    for (Escalation state : changed) {
      Escalation before = states.get(state.groupKey());
      if (before != null && before.version() != state.version()) {
        overtaken.add(state.groupKey());
      } else {
        states.put(state.groupKey(), state.withVersion(state.version() + 1));
        changes++;
      }
    }
    return overtaken;
  }

  @Override
  public void end(String groupKey, Instant startedAt) {
    reach();
    states
        .values()
        .removeIf(it -> it.groupKey().equals(groupKey) && !it.startedAt().isAfter(startedAt));
    changes++;
  }

  @Override
  public List<Escalation> all() {
    reach();
    return List.copyOf(states.values());
  }

  @Override
  public void prune(Instant storedBefore) {
    reach();
  }

  @Override
  public long version() {
    reach();
    return changes;
  }
}
