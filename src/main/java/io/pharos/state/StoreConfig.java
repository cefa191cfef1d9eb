package io.pharos.state;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/// Which database, and who asks.
///
/// @param jdbcUrl `jdbc:h2:file:…` or `jdbc:postgresql:…`
/// @param password never printed
public record StoreConfig(String jdbcUrl, String user, String password) {
  private static final String FILE = "jdbc:h2:file:";

  public StoreConfig {
    requireNonNull(jdbcUrl, "jdbcUrl is null");
    requireNonNull(user, "user is null");
    requireNonNull(password, "password is null");
  }

  /// The embedded database in a data folder.
  public static StoreConfig embedded(Path folder) {
    return new StoreConfig(
        FILE + folder.toAbsolutePath().resolve("pharos") + ";DB_CLOSE_ON_EXIT=FALSE", "pharos", "");
  }

  /// The file of an embedded database.
  Optional<Path> embeddedFile() {
    if (!jdbcUrl.startsWith(FILE)) {
      return Optional.empty();
    }
    return Optional.of(
        Path.of(jdbcUrl.substring(FILE.length()).replaceAll(";.*", "") + ".mv.db")
            .toAbsolutePath());
  }

  /// An embedded database of another name in the same folder.
  StoreConfig sibling(String name) {
    String path = jdbcUrl.substring(FILE.length()).replaceAll(";.*", "");
    String options = jdbcUrl.substring(FILE.length() + path.length());
    return new StoreConfig(FILE + Path.of(path).resolveSibling(name) + options, user, password);
  }

  /// Where the notifier keeps its log: beside the file of an embedded database. Empty where the
  /// database keeps the notifier's state too.
  Optional<Path> notifierFolder() {
    return embeddedFile().map(file -> file.resolveSibling("notifier"));
  }

  @Override
  public String toString() {
    return "StoreConfig[jdbcUrl=" + jdbcUrl.replaceAll("[?;].*", "") + ", user=" + user + "]";
  }
}
