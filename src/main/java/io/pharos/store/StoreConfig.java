package io.pharos.store;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/// Which database, and who asks.
///
/// @param jdbcUrl `jdbc:h2:file:…` or `jdbc:postgresql:…`
/// @param password never printed
public record StoreConfig(String jdbcUrl, String user, String password) {
  public StoreConfig {
    requireNonNull(jdbcUrl, "jdbcUrl is null");
    requireNonNull(user, "user is null");
    requireNonNull(password, "password is null");
  }

  /// The embedded database in a data folder.
  public static StoreConfig embedded(Path folder) {
    return new StoreConfig(
        "jdbc:h2:file:" + folder.toAbsolutePath().resolve("pharos") + ";DB_CLOSE_ON_EXIT=FALSE",
        "pharos",
        "");
  }

  @Override
  public String toString() {
    return "StoreConfig[jdbcUrl=" + jdbcUrl.replaceAll("[?;].*", "") + ", user=" + user + "]";
  }
}
