package io.pharos.state.jdbc;

import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/// Runs statements in transactions. Every failure is a [StoreUnavailableException] that says what
/// was tried.
final class Jdbc {
  /// A unique constraint is violated; H2 and PostgreSQL use the same code.
  private static final String DUPLICATE = "23505";

  private final Database database;

  Jdbc(Database database) {
    this.database = database;
  }

  /// Work within a transaction.
  interface Work {
    void run(Connection connection) throws SQLException;
  }

  /// Reads the current row.
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /// Sets a statement's parameters.
  interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /// Runs work in one transaction and returns when it would survive a kill.
  ///
  /// @param what for the error, as in "save silences"
  void write(String what, Work work) {
    try (Connection connection = database.connection()) {
      connection.setAutoCommit(false);
      try {
        work.run(connection);
        Runnable counted = database.count(connection);
        connection.commit();
        database.dialect().afterCommit(connection);
        counted.run();
        database.worked();
      } catch (SQLException | RuntimeException e) {
        if (!database.isLost(e)) {
          rollBack(connection, e);
        }
        throw e;
      }
    } catch (SQLException e) {
      database.failed(e);
      throw new StoreUnavailableException("can't " + what + ": " + e.getMessage(), e);
    }
  }

  /// Inserts a row.
  ///
  /// @return whether it was inserted; false if one with its key is there, where another process may
  ///   be first
  boolean insert(String what, String sql, Binder binder) {
    return insert(what, sql, binder, _ -> {});
  }

  /// As the other, with more in the same transaction.
  boolean insert(String what, String sql, Binder binder, Work more) {
    try {
      return update(what, sql, binder, more) == 1;
    } catch (StoreUnavailableException e) {
      if (isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  /// Runs one statement in a transaction; gives how many rows it changed.
  int update(String what, String sql, Binder binder) {
    return update(what, sql, binder, _ -> {});
  }

  /// As [#update], of a statement that only changes rows which are there.
  int change(String what, String sql, Binder binder) {
    return database.isUnborn() ? 0 : update(what, sql, binder);
  }

  /// As the other, with more in the same transaction where it changed anything.
  int update(String what, String sql, Binder binder, Work more) {
    var changed = new AtomicInteger();
    write(
        what,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binder.bind(statement);
            changed.set(statement.executeUpdate());
          }
          if (changed.get() > 0) {
            more.run(connection);
          }
        });
    return changed.get();
  }

  /// Whether the reason is a row that is there already.
  static boolean isDuplicate(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && DUPLICATE.equals(sql.getSQLState())) {
        return true;
      }
    }
    return false;
  }

  /* Where there is nothing left to roll back, what went wrong before is what people must know. */
  private static void rollBack(Connection connection, Exception problem) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      problem.addSuppressed(e);
    }
  }

  /// Reads rows: of each that a selection gives, none where there are none in its tables.
  <T> List<T> read(String what, String sql, Binder binder, RowReader<T> reader) {
    if (database.isUnborn()) {
      return List.of();
    }
    try (Connection connection = database.connection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      binder.bind(statement);
      var rows = new ArrayList<T>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(reader.read(result));
        }
      }
      return rows;
    } catch (SQLException e) {
      database.failed(e);
      throw new StoreUnavailableException("can't " + what + ": " + e.getMessage(), e);
    }
  }

  /// A statement of PostgreSQL that inserts a row, or replaces the one with the same keys. Its
  /// parameters are the columns in order.
  static String upsert(String table, List<String> keys, List<String> columns) {
    String updates =
        columns.stream()
            .filter(column -> !keys.contains(column))
            .map(column -> column + " = excluded." + column)
            .collect(Collectors.joining(", "));
    return "insert into %s (%s) values (%s) on conflict (%s) do update set %s"
        .formatted(
            table,
            String.join(", ", columns),
            String.join(", ", Collections.nCopies(columns.size(), "?")),
            String.join(", ", keys),
            updates);
  }

  /// Binds one row of a batch.
  interface RowBinder<T> {
    void bind(PreparedStatement statement, T row) throws SQLException;
  }

  /// Runs a statement once for each row.
  static <T> void batch(
      Connection connection, String sql, Iterable<? extends T> rows, RowBinder<T> binder)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      boolean any = false;
      for (T row : rows) {
        binder.bind(statement, row);
        statement.addBatch();
        any = true;
      }
      if (any) {
        statement.executeBatch();
      }
    }
  }
}
