package io.pharos.state.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/// What differs between the databases.
enum Dialect {
  H2("org.h2.Driver") {
    @Override
    void afterCommit(Connection connection) throws SQLException {
      // H2 writes committed pages up to half a second later; what we promised to keep over a kill
      // goes to the disk now.
      try (var statement = connection.createStatement()) {
        statement.execute("checkpoint sync");
      }
      connection.commit();
    }

    @Override
    Map<String, String> patience() {
      return Map.of();
    }

    @Override
    boolean isOfTheStatement(SQLException problem) {
      return true; // what is wrong with its file has reasons of its own
    }

    @Override
    boolean mayPass(SQLException problem) {
      return false;
    }
  },

  POSTGRESQL("org.postgresql.Driver") {
    @Override
    void afterCommit(Connection connection) {
      // A commit is on the disk when it returns.
    }

    @Override
    Map<String, String> patience() {
      /* As long as a lease: one that hangs must not hold up an urgent alert. The driver's own
       * time-out for answers is none. */
      return Map.of("connectTimeout", "3", "socketTimeout", "10", "tcpKeepAlive", "true");
    }

    @Override
    boolean isOfTheStatement(SQLException problem) {
      String state = String.valueOf(problem.getSQLState());
      return STATEMENT_CLASSES.stream().anyMatch(state::startsWith);
    }

    @Override
    boolean mayPass(SQLException problem) {
      String state = String.valueOf(problem.getSQLState());
      return PASSING_CLASSES.stream().anyMatch(state::startsWith) && !state.equals(REJECTED);
    }
  };

  /* Bad data, a broken constraint, a transaction that must be repeated, bad SQL. */
  private static final List<String> STATEMENT_CLASSES = List.of("22", "23", "40", "42");

  /* No connection, a transaction that only reads, one that must be repeated, no resources, locks,
   * an operator who stops or starts it, errors of its machine. */
  private static final List<String> PASSING_CLASSES =
      List.of("08", "25006", "40", "53", "55", "57", "58");

  /* The driver's code if the two ends can't agree, for example on TLS or its certificates. */
  private static final String REJECTED = "08004";

  private final String driver;

  Dialect(String driver) {
    this.driver = driver;
  }

  /// The class of the JDBC driver. It is named outright, since what DriverManager finds by itself
  /// depends on the class loader that is current when it is first used.
  String driver() {
    return driver;
  }

  /// Makes sure that what was committed survives a kill.
  abstract void afterCommit(Connection connection) throws SQLException;

  /// Properties of a connection that bound how long an answer may take, in seconds. A parameter of
  /// the URL overrides them.
  abstract Map<String, String> patience();

  /// Whether the statement is to blame for a failure, and the database itself is well.
  abstract boolean isOfTheStatement(SQLException problem);

  /// Whether a failure to reach a server may pass without a change on this side: it is away, it
  /// starts, stops, is full or read-only. A password that is refused does not pass.
  abstract boolean mayPass(SQLException problem);
}
