package io.pharos.state.jdbc;

import java.nio.file.Path;
import java.util.Optional;

/// A database and its user.
///
/// @param embedded the file of an embedded database; empty for a server
/// @param password never printed
record DatabaseConfig(
    Dialect dialect, String jdbcUrl, String user, String password, Optional<Path> embedded) {
  private static final String SUFFIX = ".mv.db";

  /* H2's background thread looks for changes after each tenth of this delay, in milliseconds. Every
   * write waits for its own checkpoint, so the thread only has to free unused parts of the file. */
  private static final String WRITE_DELAY = ";WRITE_DELAY=10000";

  /// Returns the database of an embedded store in a folder.
  static DatabaseConfig in(Path folder) {
    Path file = folder.resolve("pharos" + SUFFIX);
    return new DatabaseConfig(
        Dialect.H2,
        "jdbc:h2:file:" + path(file) + ";DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1" + WRITE_DELAY,
        "pharos",
        "",
        Optional.of(file));
  }

  /// Returns a PostgreSQL database.
  static DatabaseConfig of(String jdbcUrl, String user, String password) {
    return new DatabaseConfig(Dialect.POSTGRESQL, jdbcUrl, user, password, Optional.empty());
  }

  /// Returns an embedded database with another name in the same folder.
  DatabaseConfig sibling(String name) {
    Path file = embedded.orElseThrow();
    Path sibling = file.resolveSibling(name + SUFFIX);
    return new DatabaseConfig(
        dialect, jdbcUrl.replace(path(file), path(sibling)), user, password, Optional.of(sibling));
  }

  private static String path(Path file) {
    String text = file.toString();
    return text.substring(0, text.length() - SUFFIX.length());
  }

  @Override
  public String toString() {
    return jdbcUrl.replaceAll("[?;].*", "") + " as " + user;
  }
}
