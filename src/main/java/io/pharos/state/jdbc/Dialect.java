package io.pharos.state.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/// The differences between the databases.
enum Dialect {
  H2("org.h2.Driver"),
  POSTGRESQL("org.postgresql.Driver");

  /* Bad data, a violated constraint, a transaction that must be repeated, bad SQL. */
  private static final List<String> STATEMENT_CLASSES = List.of("22", "23", "40", "42");

  /* No connection, a read-only transaction, one that must be repeated, no resources, locks, a
   * starting or stopping server, errors of its machine. */
  private static final List<String> PASSING_CLASSES =
      List.of("08", "25006", "40", "53", "55", "57", "58");

  /* The driver's code if the two ends can't agree, for example on TLS or its certificates. */
  private static final String REJECTED = "08004";

  private final String driver;

  Dialect(String driver) {
    this.driver = driver;
  }

  /// The class of the JDBC driver. It is named explicitly, since the drivers found by DriverManager
  /// depend on the class loader at its first use.
  String driver() {
    return driver;
  }

  /// Makes committed data survive a kill. H2 writes committed pages up to half a second later;
  /// PostgreSQL's are on the disk when the commit returns.
  void afterCommit(Connection connection) throws SQLException {
    if (this == H2) {
      try (var statement = connection.createStatement()) {
        statement.execute("checkpoint sync");
      }
      connection.commit();
    }
  }

  /// Connection properties that bound the time of an answer, in seconds. Parameters of the URL
  /// override them.
  Map<String, String> patience() {
    /* As long as a lease: a connection that hangs must not delay an urgent alert. The driver has no
     * default timeout for answers. */
    return this == H2
        ? Map.of()
        : Map.of("connectTimeout", "3", "socketTimeout", "10", "tcpKeepAlive", "true");
  }

  /// Whether the statement caused a failure, and the database itself is well. Problems of H2's file
  /// are detected as own trouble.
  boolean isOfTheStatement(SQLException problem) {
    return this == H2 || isOf(problem, STATEMENT_CLASSES);
  }

  /// Whether a failure to reach a server may pass without a change on this side: the server is
  /// unreachable, starting, stopping, full or read-only. A rejected password does not pass.
  boolean mayPass(SQLException problem) {
    return this == POSTGRESQL
        && isOf(problem, PASSING_CLASSES)
        && !REJECTED.equals(problem.getSQLState());
  }

  private static boolean isOf(SQLException problem, List<String> classes) {
    return classes.stream().anyMatch(String.valueOf(problem.getSQLState())::startsWith);
  }
}
