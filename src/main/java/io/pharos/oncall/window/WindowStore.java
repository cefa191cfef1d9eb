package io.pharos.oncall.window;

import java.util.List;

/// Stores the maintenance windows that people plan by requests. Every method throws
/// [io.pharos.trouble.StoreUnavailableException] if the store does not answer.
public interface WindowStore {
  /// Stores a window instead of the one with the same name.
  void put(StoredWindow window);

  /// Deletes a window. Returns false if there is none with that name.
  boolean delete(String name);

  /// Returns all windows, sorted by name.
  List<StoredWindow> all();
}
