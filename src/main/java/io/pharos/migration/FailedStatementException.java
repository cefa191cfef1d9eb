package io.pharos.migration;

import io.pharos.migration.sql.SqlStatement;
import io.pharos.model.PromDuration;
import java.sql.SQLException;
import java.time.Duration;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// A statement that PostgreSQL refused, with its place.
final class FailedStatementException extends SQLException {
  private static final int MOST_TEXT = 500;

  /// @param lock how long it might wait for a lock
  /// @param most how long it might take
  FailedStatementException(
      MigrationFile file,
      SqlStatement statement,
      SQLException cause,
      Duration lock,
      Duration most) {
    super(
        message(file, statement, cause) + advice(String.valueOf(cause.getSQLState()), lock, most),
        cause.getSQLState(),
        cause);
  }

  /* A statement could not wait any longer, or not take any longer. */
  private static String advice(String state, Duration lock, Duration statement) {
    return switch (state) {
      case "55P03" ->
          "\nIt waited %s for a lock that others hold; whoever came behind it waited too. Try again, or"
                  .formatted(PromDuration.format(lock))
              + " give it longer by \"-- pharos: lock-timeout\".";
      case "57014" ->
          "\nIt took longer than %s; \"-- pharos: statement-timeout\" gives it longer."
              .formatted(PromDuration.format(statement));
      default -> "";
    };
  }

  private static String message(MigrationFile file, SqlStatement statement, SQLException cause) {
    var text = new StringBuilder();
    text.append(file.file()).append(':').append(line(statement, cause)).append(": ");
    text.append(said(cause)).append(" (SQLSTATE ").append(cause.getSQLState()).append(")");
    text.append("\n  ").append(shortened(statement.text()).replace("\n", "\n  "));
    text.append(
        file.inTransaction()
            ? "\nThe file was rolled back: the database is as it was before it."
            : "\nThe file has no transaction: what it left must be looked at.");
    return text.toString();
  }

  private static String said(SQLException cause) {
    if (cause instanceof PSQLException sql) {
      ServerErrorMessage said = sql.getServerErrorMessage();
      if (said != null) {
        return said.getMessage()
            + (said.getDetail() == null ? "" : " (" + said.getDetail() + ")")
            + (said.getHint() == null ? "" : " Hint: " + said.getHint());
      }
    }
    return String.valueOf(cause.getMessage());
  }

  /// The line of the file at which the server stopped, else that of the statement.
  private static int line(SqlStatement statement, SQLException cause) {
    int position = 0;
    if (cause instanceof PSQLException sql && sql.getServerErrorMessage() != null) {
      position = sql.getServerErrorMessage().getPosition();
    }
    String text = statement.text();
    int end = Math.min(Math.max(position - 1, 0), text.length());
    return statement.line() + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
  }

  private static String shortened(String text) {
    return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT) + "…";
  }
}
