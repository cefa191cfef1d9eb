package io.pharos.state;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/// Which store keeps the facts that outlive a restart.
public sealed interface StoreConfig {
  /// Files of this process' own: the notifier's log, and an H2 with deployments and gates.
  ///
  /// @param folder that no other process uses
  record Embedded(Path folder) implements StoreConfig {
    public Embedded {
      folder = folder.toAbsolutePath();
    }
  }

  /// A database that processes may share.
  ///
  /// @param jdbcUrl `jdbc:postgresql:…`
  /// @param password never printed; empty for none
  record Postgresql(String jdbcUrl, String user, String password) implements StoreConfig {
    public Postgresql {
      requireNonNull(user, "user is null");
      requireNonNull(password, "password is null");
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
