package io.pharos.state.jdbc;

import io.pharos.trouble.StoreUnavailableException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/// Writes in which another process may be first: that a row is there already, or no longer as
/// expected, is a result and not an error.
final class Conflicts {
  /// A unique constraint is violated; H2 and PostgreSQL use the same code.
  private static final String DUPLICATE = "23505";

  private Conflicts() {}

  /// Whether a row was inserted; false if one with its key is there.
  static boolean insert(Jdbc jdbc, String what, String sql, Jdbc.Binder binder) {
    try {
      return update(jdbc, what, sql, binder) == 1;
    } catch (StoreUnavailableException e) {
      if (isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  /// How many rows a statement changed.
  static int update(Jdbc jdbc, String what, String sql, Jdbc.Binder binder) {
    var changed = new AtomicInteger();
    jdbc.write(
        what,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binder.bind(statement);
            changed.set(statement.executeUpdate());
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
}
