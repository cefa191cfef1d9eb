package io.pharos.migration.run;

import io.pharos.migration.MigrationFile;
import io.pharos.migration.sql.SqlStatement;
import io.pharos.model.PromDuration;
import java.sql.SQLException;
import java.time.Duration;

/// A statement failed; the message has its place and advice.
final class FailedStatementException extends SQLException {
  private static final int MAX_TEXT = 500;
  private static final String DETAIL = "  Detail: ";
  private static final String POSITION = "  Position: ";

  /// @param lock its lock timeout
  /// @param most its statement timeout
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

  /* Advice for a lock timeout and a statement timeout. */
  private static String advice(String state, Duration lock, Duration statement) {
    return switch (state) {
      case "55P03" ->
          "\nIt waited %s for a lock that others hold, and later statements waited behind it. Try again, or"
                  .formatted(PromDuration.format(lock))
              + " raise the limit by \"-- pharos: lock-timeout\".";
      case "57014" ->
          "\nIt took longer than %s; raise the limit by \"-- pharos: statement-timeout\"."
              .formatted(PromDuration.format(statement));
      default -> "";
    };
  }

  private static String message(MigrationFile file, SqlStatement statement, SQLException cause) {
    var text = new StringBuilder();
    text.append(file.file()).append(':').append(line(statement, cause)).append(": ");
    text.append(detail(cause)).append(" (SQLSTATE ").append(cause.getSQLState()).append(")");
    text.append("\n  ").append(shortened(statement.text()).replace("\n", "\n  "));
    text.append(
        file.inTransaction()
            ? "\nThe file was rolled back: the database is unchanged."
            : "\nThe file has no transaction: check what it left.");
    return text.toString();
  }

  /// Joins the server's message, which the driver splits into lines: `ERROR: …`, ` Detail: …` and
  /// others.
  private static String detail(SQLException cause) {
    var detail = new StringBuilder();
    for (String line : String.valueOf(cause.getMessage()).split("\n", -1)) {
      if (line.startsWith("ERROR: ")) {
        detail.append(line.substring("ERROR: ".length()));
      } else if (line.startsWith(DETAIL)) {
        detail.append(" (").append(line.substring(DETAIL.length())).append(')');
      } else if (!line.startsWith(POSITION)) {
        detail.append("; ").append(line.strip());
      }
    }
    return detail.toString();
  }

  /// Returns the line of the file at which the server stopped, else that of the statement.
  private static int line(SqlStatement statement, SQLException cause) {
    String text = statement.text();
    int end = Math.min(Math.max(position(cause) - 1, 0), text.length());
    return statement.line() + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
  }

  /// Returns the character at which the server stopped, from 1; 0 if unknown.
  private static int position(SQLException cause) {
    String message = String.valueOf(cause.getMessage());
    int at = message.lastIndexOf("\n" + POSITION);
    if (at < 0) {
      return 0;
    }
    try {
      return Integer.parseInt(message.substring(at + 1 + POSITION.length()).strip());
    } catch (NumberFormatException _) { // the statement's own line is used
      return 0;
    }
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
