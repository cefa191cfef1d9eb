package io.pharos.state;

import java.nio.file.Path;

/// The kind and place of the store.
public sealed interface StoreConfig {
  /// Files of this process: the notifier's log, and an H2 database for everything else.
  ///
  /// @param folder must not be used by other processes
  record Embedded(Path folder) implements StoreConfig {
    /// Makes the folder absolute.
    public Embedded {
      folder = folder.toAbsolutePath();
    }
  }

  /// A PostgreSQL database that processes may share.
  ///
  /// @param jdbcUrl `jdbc:postgresql:…`
  /// @param password never printed; empty for none
  record Postgresql(String jdbcUrl, String user, String password) implements StoreConfig {
    /// Checks for null, and the URL.
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
