package io.pharos.state;

import io.pharos.trouble.StoreUnavailableException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Writes that others may be faster with: a row that is there already, or no longer as expected, is
/// an answer and not an error.
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

  static void setInstant(PreparedStatement statement, int index, @Nullable Instant instant)
      throws SQLException {
    if (instant == null) {
      statement.setNull(index, Types.BIGINT);
    } else {
      statement.setLong(index, Codec.micros(instant));
    }
  }

  static @Nullable Instant instant(ResultSet row, int index) throws SQLException {
    long micros = row.getLong(index);
    return row.wasNull() ? null : Codec.instant(micros);
  }
}
