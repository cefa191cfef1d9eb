package io.pharos.alerting.silence;

import java.util.Collection;
import java.util.List;

/// Keeps silences over a restart. Methods throw unchecked exceptions when they can't.
public interface SilenceStore {
  List<Silence> load();

  /// Writes silences, in one transaction; those that are there already are replaced.
  void save(Collection<Silence> silences);

  void delete(Collection<String> ids);

  /// A number that another replica's changes make another.
  default long version() {
    return 0;
  }
}
