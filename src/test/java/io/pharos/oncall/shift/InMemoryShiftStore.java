package io.pharos.oncall.shift;

import io.pharos.trouble.StoreUnavailableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Begins of shifts in memory, for tests on virtual time. It survives a restart.
final class InMemoryShiftStore implements ShiftStore {
  final Map<String, ShiftStart> starts = new HashMap<>();
  boolean isAway;

  private void reach() {
    if (isAway) {
      throw new StoreUnavailableException("the database is away", new IllegalStateException());
    }
  }

  @Override
  public List<ShiftStart> starts() {
    reach();
    return List.copyOf(starts.values());
  }

  @Override
  public boolean save(ShiftStart start) {
    reach();
    ShiftStart before = starts.get(start.rotation());
    if (before == null ? start.version() != 0 : start.version() != before.version() + 1) {
      return false;
    }
    starts.put(start.rotation(), start);
    return true;
  }
}
