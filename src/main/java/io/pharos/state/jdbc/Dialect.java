package io.pharos.state.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/// The databases, and everything in which they differ.
enum Dialect {
  H2("org.h2.Driver"),
  POSTGRESQL("org.postgresql.Driver");

  /* Classes of SQL states that a statement causes: bad data, a violated constraint, a
   * transaction that must be repeated, bad SQL. */
  private static final List<String> STATEMENT_CLASSES = List.of("22", "23", "40", "42");

  /* Classes of SQL states of temporary trouble: no connection, a read-only transaction, one that
   * must be repeated, no resources, locks, a starting or stopping server, errors of its machine. */
  private static final List<String> TEMPORARY_CLASSES =
      List.of("08", "25006", "40", "53", "55", "57", "58");

  /* The driver's SQL state if driver and server can't agree, for example on TLS or its
   * certificates. */
  private static final String REJECTED = "08004";

  private final String driver;

  Dialect(String driver) {
    this.driver = driver;
  }

  /// Returns the class of the JDBC driver. It is named explicitly, because which drivers
  /// DriverManager finds depends on the class loader of its first use.
  String driver() {
    return driver;
  }

  /// Makes committed data survive a kill of the process. H2 writes committed pages up to half a
  /// second later. When PostgreSQL's commit returns, the data is on the disk already.
  void makeDurable(Connection connection) throws SQLException {
    if (this == H2) {
      try (var statement = connection.createStatement()) {
        statement.execute("checkpoint sync");
      }
      connection.commit();
    }
  }

  /// Returns connection properties with timeouts in seconds, which limit how long a call waits. The
  /// parameters of the URL override them.
  Map<String, String> timeouts() {
    /* The socket timeout is the duration of a lease: a connection that hangs must not delay an
     * urgent alert. By default, the driver waits for answers without a timeout. */
    return this == H2
        ? Map.of()
        : Map.of("connectTimeout", "3", "socketTimeout", "10", "tcpKeepAlive", "true");
  }

  /// Returns whether a statement caused a failure although the database works. Always true for H2,
  /// because problems of its file were detected before, as own trouble.
  boolean isCausedByStatement(SQLException problem) {
    return this == H2 || isOf(problem, STATEMENT_CLASSES);
  }

  /// Returns whether a server may become reachable without a change on this side: it is
  /// unreachable, starting, stopping, full or read-only. A rejected password needs a change.
  boolean isTemporary(SQLException problem) {
    return this == POSTGRESQL
        && isOf(problem, TEMPORARY_CLASSES)
        && !REJECTED.equals(problem.getSQLState());
  }

  private static boolean isOf(SQLException problem, List<String> classes) {
    return classes.stream().anyMatch(String.valueOf(problem.getSQLState())::startsWith);
  }
}
