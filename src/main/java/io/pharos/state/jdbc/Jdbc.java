package io.pharos.state.jdbc;

import io.pharos.bytes.Micros;
import io.pharos.trouble.StoreUnavailableException;
import java.lang.reflect.RecordComponent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Runs SQL in transactions. Every failure is a [StoreUnavailableException] that names the action.
///
/// The values of a statement are passed in the order of its placeholders: strings, numbers,
/// booleans, bytes, null, instants (stored as microseconds) and enums (stored by name).
final class Jdbc {
  /// SQL state of a violated unique constraint, in H2 and PostgreSQL.
  private static final String DUPLICATE = "23505";

  private final Database database;

  /* The last answers of `poll`, by their statements. */
  private final Map<String, Polled> polled = new ConcurrentHashMap<>();

  /* Rows, and the number of writes that had ended before they were read. */
  private record Polled(long writes, List<@Nullable Object> values, List<?> rows) {}

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

  /// Supplies the values of a statement for an item of a batch, see [#row].
  interface Values<T> {
    @Nullable Object[] of(T item);
  }

  /// Thrown to roll a transaction back, because another process changed the row first.
  private static final class OvertakenException extends RuntimeException {}

  /// Runs work in one transaction and returns when its result survives a kill of the process.
  ///
  /// @param action the action in error messages, such as "save silences"
  void write(String action, Work work) {
    var _ =
        database.uninterrupted(
            () -> {
              writeNow(action, work);
              return true;
            });
  }

  private void writeNow(String action, Work work) {
    try (Connection connection = database.connection()) {
      connection.setAutoCommit(false);
      try {
        work.run(connection);
        Runnable afterCommit = database.count(connection);
        connection.commit();
        database.dialect().makeDurable(connection);
        afterCommit.run();
        database.succeeded();
      } catch (SQLException | RuntimeException e) {
        if (!database.isLost(e)) {
          rollBack(connection, e);
        }
        throw e;
      }
    } catch (SQLException e) {
      database.failed(e);
      throw new StoreUnavailableException("can't " + action + ": " + e.getMessage(), e);
    } finally {
      database.writeEnded();
    }
  }

  /// Runs work in one transaction like [#write]. Returns false, and writes nothing, if another
  /// process was faster: if [#executeOne] changed no row, or if a row with the same key exists.
  boolean tryWrite(String action, Work work) {
    try {
      write(action, work);
      return true;
    } catch (OvertakenException _) {
      return false;
    } catch (StoreUnavailableException e) {
      if (isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  /// Runs one statement in a transaction; returns the number of changed rows.
  int update(String action, String sql, @Nullable Object... values) {
    var changed = new AtomicInteger();
    write(action, connection -> changed.set(execute(connection, sql, values)));
    return changed.get();
  }

  private static boolean isDuplicate(Throwable failure) {
    return causes(failure).stream().anyMatch(sql -> DUPLICATE.equals(sql.getSQLState()));
  }

  /// Returns the exceptions of the database in a chain of causes, the outermost first.
  static List<SQLException> causes(Throwable problem) {
    var causes = new ArrayList<SQLException>();
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException e) {
        causes.add(e);
      }
    }
    return causes;
  }

  /* A failed rollback is added to the first problem, which matters more. */
  private static void rollBack(Connection connection, Exception problem) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      problem.addSuppressed(e);
    }
  }

  /// Returns whether the database does not exist yet, so that it has no rows.
  boolean isNotCreated() {
    return database.isNotCreated();
  }

  /// Returns the rows that a query selects.
  <T> List<T> read(String action, String sql, RowReader<T> reader, @Nullable Object... values) {
    return isNotCreated()
        ? List.of()
        : database.uninterrupted(() -> readNow(action, sql, reader, values));
  }

  /// Returns the rows that a query selects like [#read], for a caller that asks every second. If
  /// only this process writes to the database, the query runs again only after a write or with
  /// other values. All calls with one statement must pass the same reader, which returns immutable
  /// rows.
  <T> List<T> poll(String action, String sql, RowReader<T> reader, @Nullable Object... values) {
    if (!database.isExclusive()) {
      return read(action, sql, reader, values);
    }
    long writes = database.endedWrites();
    Polled last = polled.get(sql);
    if (last != null && last.writes == writes && last.values.equals(Arrays.asList(values))) {
      @SuppressWarnings("unchecked") // read by the same reader
      var rows = (List<T>) last.rows;
      return rows;
    }
    List<T> rows = List.copyOf(read(action, sql, reader, values));
    polled.put(sql, new Polled(writes, Arrays.asList(values.clone()), rows));
    return rows;
  }

  private <T> List<T> readNow(
      String action, String sql, RowReader<T> reader, @Nullable Object... values) {
    try (Connection connection = database.connection()) {
      return query(connection, sql, reader, values);
    } catch (SQLException e) {
      database.failed(e);
      throw new StoreUnavailableException("can't " + action + ": " + e.getMessage(), e);
    }
  }

  /// Runs a statement within a transaction; returns the number of changed rows.
  static int execute(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      return statement.executeUpdate();
    }
  }

  /// Inserts one row within a transaction; returns the number that the database gave it.
  ///
  /// @param column the column of the number
  static long insertNumbered(
      Connection connection, String sql, String column, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql, new String[] {column})) {
      bind(statement, values);
      statement.executeUpdate();
      try (ResultSet number = statement.getGeneratedKeys()) {
        number.next();
        return number.getLong(1);
      }
    }
  }

  /// Runs a statement that must change exactly one row. Otherwise throws an exception, which rolls
  /// the transaction back; see [#tryWrite].
  static void executeOne(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    if (execute(connection, sql, values) != 1) {
      throw new OvertakenException();
    }
  }

  /// Returns the rows that a query selects, within a transaction.
  static <T> List<T> query(
      Connection connection, String sql, RowReader<T> reader, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      var rows = new ArrayList<T>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(reader.read(result));
        }
      }
      return rows;
    }
  }

  /// Runs a statement once for each item, within a transaction.
  static <T> void batch(
      Connection connection, String sql, Collection<? extends T> items, Values<T> values)
      throws SQLException {
    if (items.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (T item : items) {
        bind(statement, values.of(item));
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /// Returns the values of one item of a batch as an array.
  static @Nullable Object[] row(@Nullable Object... values) {
    return values;
  }

  /// Returns the values of a record's components in their order. A component that is a record
  /// itself is replaced by its values.
  static @Nullable Object[] values(Record record) {
    var values = new ArrayList<@Nullable Object>();
    try {
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        Object value = component.getAccessor().invoke(record);
        if (value instanceof Record part) {
          for (@Nullable Object each : values(part)) {
            values.add(each);
          }
        } else {
          values.add(value);
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
    return values.toArray();
  }

  private static void bind(PreparedStatement statement, @Nullable Object[] values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      switch (values[i]) {
        case null -> statement.setNull(i + 1, Types.NULL);
        case Instant instant -> statement.setLong(i + 1, Micros.of(instant));
        case Enum<?> constant -> statement.setString(i + 1, constant.name());
        case Object value -> statement.setObject(i + 1, value);
      }
    }
  }

  /// Returns the SQL that inserts a row.
  ///
  /// @param columns names joined by commas, in the order of the values
  static String insert(String table, String columns) {
    return "insert into %s (%s) values (%s)"
        .formatted(table, columns, placeholders(columns.split(",", -1).length));
  }

  /// Returns PostgreSQL's SQL that inserts a row, or updates the row with the same keys.
  ///
  /// @param keys names joined by commas
  /// @param columns names joined by commas, in the order of the values
  static String upsert(String table, String keys, String columns) {
    List<String> keyColumns = List.of(keys.split(", "));
    String updates =
        Arrays.stream(columns.split(", "))
            .filter(column -> !keyColumns.contains(column))
            .map(column -> column + " = excluded." + column)
            .collect(Collectors.joining(", "));
    return insert(table, columns) + " on conflict (" + keys + ") do update set " + updates;
  }

  /// Returns placeholders for a list of values, joined by commas.
  static String placeholders(int count) {
    return String.join(", ", Collections.nCopies(count, "?"));
  }

  /// The conditions of a query, with their values.
  static final class Conditions {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    /// Adds a condition, unless the value is null or the empty string, which stand for any value.
    void add(String condition, @Nullable Object value) {
      if (value != null && !value.equals("")) {
        conditions.add(condition);
        values.add(value);
      }
    }

    /// Returns the `where` clause; the empty string if there are no conditions.
    String where() {
      return conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
    }

    /// Returns the values of the conditions, followed by further values.
    Object[] values(Object... further) {
      var joined = new ArrayList<>(values);
      joined.addAll(List.of(further));
      return joined.toArray();
    }
  }
}
