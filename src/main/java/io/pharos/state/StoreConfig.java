package io.pharos.state;

import java.nio.file.Path;

/// The kind and the place of the store.
public sealed interface StoreConfig {
  /// Files for a single process: a log of the notifier's state, and an H2 database for everything
  /// else.
  ///
  /// @param folder must not be used by other processes
  record Embedded(Path folder) implements StoreConfig {
    /// Makes the folder absolute.
    public Embedded {
      folder = folder.toAbsolutePath();
    }
  }

  /// A PostgreSQL database that several processes may share.
  ///
  /// @param jdbcUrl `jdbc:postgresql:…`
  /// @param password never printed; empty for none
  record Postgresql(String jdbcUrl, String user, String password) implements StoreConfig {
    /// Checks that the URL begins with `jdbc:postgresql:`.
    public Postgresql {
      if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
        throw new IllegalArgumentException(
            jdbcUrl.replaceAll("[?;].*", "") + ": expected jdbc:postgresql:…");
      }
    }

    @Override
    public String toString() {
      return jdbcUrl.replaceAll("[?;].*", "") + " as " + user;
    }
  }
}
