package io.pharos.state;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What differs between the databases.
enum Dialect {
  H2("org.h2.Driver") {
    @Override
    String upsert(String table, List<String> keys, List<String> columns) {
      return "merge into %s (%s) key (%s) values (%s)"
          .formatted(
              table, String.join(", ", columns), String.join(", ", keys), placeholders(columns));
    }

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
    String upsert(String table, List<String> keys, List<String> columns) {
      String updates =
          columns.stream()
              .filter(column -> !keys.contains(column))
              .map(column -> column + " = excluded." + column)
              .collect(Collectors.joining(", "));
      return "insert into %s (%s) values (%s) on conflict (%s) do update set %s"
          .formatted(
              table,
              String.join(", ", columns),
              placeholders(columns),
              String.join(", ", keys),
              updates);
    }

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

  /* The driver's word for what both ends will never agree on, such as TLS or its certificates. */
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

  static Dialect of(String jdbcUrl) {
    if (jdbcUrl.startsWith("jdbc:h2:")) {
      return H2;
    }
    if (jdbcUrl.startsWith("jdbc:postgresql:")) {
      return POSTGRESQL;
    }
    throw new IllegalArgumentException(
        jdbcUrl.replaceAll("[?;].*", "")
            + ": unknown kind of database, expected jdbc:h2:… or jdbc:postgresql:…");
  }

  /// A statement that inserts a row, or replaces the one with the same keys. Its parameters are the
  /// columns in order.
  abstract String upsert(String table, List<String> keys, List<String> columns);

  /// Makes sure that what was committed survives a kill.
  abstract void afterCommit(Connection connection) throws SQLException;

  private static String placeholders(List<String> columns) {
    return columns.stream().map(_ -> "?").collect(Collectors.joining(", "));
  }

  /// Properties of a connection that bound how long an answer may take, in seconds. A parameter of
  /// the URL overrides them.
  abstract Map<String, String> patience();

  /// Whether a failure is one of what was asked, and the database itself is well.
  abstract boolean isOfTheStatement(SQLException problem);

  /// Whether what keeps from a server may be over by itself, or by what is done at the server: it
  /// is not there, starts, stops, is full, or does not write. Not so a password that it does not
  /// take.
  abstract boolean mayPass(SQLException problem);
}
