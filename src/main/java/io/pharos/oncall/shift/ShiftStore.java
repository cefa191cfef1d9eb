package io.pharos.oncall.shift;

import java.util.List;

/// Stores who has each rotation. Methods throw [io.pharos.trouble.StoreUnavailableException] if the
/// store does not answer.
public interface ShiftStore {
  /// Returns the last change of each rotation.
  List<ShiftStart> starts();

  /// Stores a change instead of the one before it, which has the version before.
  ///
  /// @return false if another process was first
  boolean save(ShiftStart start);
}
