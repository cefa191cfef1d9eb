package io.pharos.alerting.silence;

import java.util.Collection;
import java.util.List;

/// Stores silences across restarts. Methods throw unchecked exceptions on failure.
public interface SilenceStore {
  /// All stored silences.
  List<Silence> load();

  /// Writes silences in one transaction, replacing those with the same id.
  void save(Collection<Silence> silences);

  /// Deletes silences.
  void delete(Collection<String> ids);

  /// A number that changes when another replica changes silences.
  default long version() {
    return 0;
  }
}
