package io.pharos.oncall.drill;

import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Drills in memory, for tests on virtual time. It survives a restart.
final class InMemoryDrillStore implements DrillStore {
  private final List<Drill> drills = new ArrayList<>();
  private final Map<String, Instant> since = new HashMap<>();
  boolean isAway;

  private void reach() {
    if (isAway) {
      throw new StoreUnavailableException("the database is away", new IllegalStateException());
    }
  }

  private static Drill with(Drill drill, long number, long version) {
    return new Drill(
        number,
        drill.policy(),
        drill.by(),
        drill.comment(),
        drill.patience(),
        drill.startedAt(),
        drill.slot(),
        drill.levels(),
        drill.endedAt(),
        version);
  }

  @Override
  public Optional<Drill> add(Drill drill) {
    reach();
    boolean isRefused =
        drills.stream()
            .filter(it -> it.policy().equals(drill.policy()))
            .anyMatch(it -> it.isOpen() || (it.slot() != null && it.slot().equals(drill.slot())));
    if (isRefused) {
      return Optional.empty();
    }
    drills.add(with(drill, drills.size() + 1, 0));
    return Optional.of(drills.getLast());
  }

  @Override
  public boolean save(Drill drill) {
    reach();
    int place = (int) drill.number() - 1;
    if (drills.get(place).version() != drill.version()) {
      return false;
    }
    drills.set(place, with(drill, drill.number(), drill.version() + 1));
    return true;
  }

  @Override
  public Optional<Drill> find(long number) {
    return drills.stream().filter(it -> it.number() == number).findFirst();
  }

  @Override
  public List<Drill> recent(Instant endedAfter) {
    reach();
    return drills.stream()
        .filter(it -> it.endedAt() == null || it.endedAt().isAfter(endedAfter))
        .toList();
  }

  @Override
  public List<Drill> newest(String policy, int limit) {
    return drills.reversed().stream()
        .filter(it -> policy.isEmpty() || it.policy().equals(policy))
        .limit(limit)
        .toList();
  }

  @Override
  public Instant scheduledSince(String policy, String definition, Instant now) {
    reach();
    return since.computeIfAbsent(policy + " " + definition, _ -> now);
  }

  @Override
  public void prune(Instant endedBefore) {
    drills.removeIf(it -> it.endedAt() != null && it.endedAt().isBefore(endedBefore));
  }
}
