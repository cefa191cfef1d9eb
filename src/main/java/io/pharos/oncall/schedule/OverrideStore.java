package io.pharos.oncall.schedule;

import java.time.Instant;
import java.util.List;

/// Stores the overrides that people make. Every method throws
/// [io.pharos.trouble.StoreUnavailableException] if the store does not answer.
public interface OverrideStore {
  /// Stores an override instead of the one with the same id.
  void put(DutyOverride override);

  /// Deletes an override. Returns false if there is none with that id.
  boolean delete(String id);

  /// Returns all overrides, sorted by begin and id.
  List<DutyOverride> all();

  /// Deletes the overrides that ended before a time.
  void prune(Instant before);
}
