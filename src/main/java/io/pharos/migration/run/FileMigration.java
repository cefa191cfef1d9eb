package io.pharos.migration.run;

import io.pharos.migration.MigrationFile;
import io.pharos.migration.run.BackendMigrator.Limits;
import io.pharos.migration.sql.SqlScript.SqlStatement;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.flywaydb.core.api.CoreMigrationType;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.executor.MigrationExecutor;
import org.flywaydb.core.api.resolver.MigrationResolver;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.extensibility.MigrationType;
import org.flywaydb.core.internal.jdbc.Results;
import org.jspecify.annotations.Nullable;

/// A file as a migration of Flyway. It runs the statements that the lint has checked. If Flyway
/// parsed the file again, it might find other statements, which were not checked.
record FileMigration(MigrationFile file, Limits limits, Optional<Consumer<MigrationFile>> begun)
    implements ResolvedMigration, MigrationExecutor {
  /// Makes Flyway run exactly these files.
  record Resolver(List<ResolvedMigration> migrations) implements MigrationResolver {
    @Override
    public Collection<ResolvedMigration> resolveMigrations(Context context) {
      return migrations;
    }
  }

  @Override
  public MigrationVersion getVersion() {
    return MigrationVersion.fromVersion(file.version());
  }

  @Override
  public String getDescription() {
    return file.phase().text() + " " + file.words();
  }

  @Override
  public String getScript() {
    return file.name();
  }

  @Override
  public Integer getChecksum() {
    return file.checksum();
  }

  @Override
  public MigrationType getType() {
    return CoreMigrationType.SQL;
  }

  @Override
  public String getPhysicalLocation() {
    return file.file();
  }

  @Override
  public MigrationExecutor getExecutor() {
    return this;
  }

  @Override
  public boolean checksumMatches(@Nullable Integer checksum) {
    return getChecksum().equals(checksum);
  }

  @Override
  public boolean checksumMatchesWithoutBeingIdentical(@Nullable Integer checksum) {
    return false;
  }

  @Override
  public boolean canExecuteInTransaction() {
    return file.inTransaction();
  }

  @Override
  public boolean shouldExecute() {
    return true;
  }

  @Override
  public List<Results> execute(org.flywaydb.core.api.executor.Context context) throws SQLException {
    begun.ifPresent(listener -> listener.accept(file));
    Connection connection = context.getConnection();
    bound(connection, "lock_timeout", lock());
    bound(connection, "statement_timeout", statement());
    for (SqlStatement statement : file.statements()) {
      run(connection, statement, statement.text());
    }
    if (file.inTransaction()) {
      // Checks deferred constraints here, so that the error names the file; at the commit it would
      // not.
      run(connection, file.statements().getLast(), "set constraints all immediate");
    }
    return List.of();
  }

  private Duration lock() {
    return file.directives().lockTimeout().orElse(limits.lock());
  }

  private Duration statement() {
    return file.directives().statementTimeout().orElse(limits.statement());
  }

  private void bound(Connection connection, String name, Duration bound) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select set_config(?, ?, false)")) {
      statement.setString(1, name);
      statement.setString(2, bound.toMillis() + "ms");
      statement.execute();
    }
  }

  private void run(Connection connection, SqlStatement place, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    } catch (SQLException e) {
      throw new FailedStatementException(file, place, e, lock(), statement());
    }
  }

  /// Reports a failed statement. The message contains its place and advice.
  static final class FailedStatementException extends SQLException {
    private static final int MAX_TEXT = 500;
    private static final String DETAIL = "  Detail: ";
    private static final String POSITION = "  Position: ";

    /// @param lock timeout of waiting for a lock
    /// @param limit timeout of the statement
    FailedStatementException(
        MigrationFile file,
        SqlStatement statement,
        SQLException cause,
        Duration lock,
        Duration limit) {
      super(
          message(file, statement, cause)
              + advice(String.valueOf(cause.getSQLState()), lock, limit),
          cause.getSQLState(),
          cause);
    }

    /* Advice after a lock timeout or a statement timeout; empty for other errors. */
    private static String advice(String state, Duration lock, Duration statement) {
      return switch (state) {
        case "55P03" ->
            "\nThe statement waited %s for a lock of another session, and other statements waited behind it. Try again, or"
                    .formatted(PromDuration.format(lock))
                + " raise the limit by \"-- pharos: lock-timeout\".";
        case "57014" ->
            "\nThe statement ran for more than %s; raise the limit by \"-- pharos: statement-timeout\"."
                .formatted(PromDuration.format(statement));
        default -> "";
      };
    }

    private static String message(MigrationFile file, SqlStatement statement, SQLException cause) {
      var text = new StringBuilder();
      text.append(file.file()).append(':').append(line(statement, cause)).append(": ");
      text.append(detail(cause)).append(" (SQLSTATE ").append(cause.getSQLState()).append(")");
      text.append("\n  ").append(Quoted.cut(statement.text(), MAX_TEXT).replace("\n", "\n  "));
      text.append(
          file.inTransaction()
              ? "\nThe file was rolled back: the database is unchanged."
              : "\nThe file ran without a transaction: a part of its changes may remain.");
      return text.toString();
    }

    /// Joins the lines of the server's message into one: `ERROR: …`, ` Detail: …` and others.
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

    /// Returns the line of the file at which the server found the error, or else the line where the
    /// statement begins.
    private static int line(SqlStatement statement, SQLException cause) {
      String text = statement.text();
      int end = Math.min(Math.max(position(cause) - 1, 0), text.length());
      return statement.line() + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
    }

    /// Returns the position in the statement at which the server found the error, from 1; 0 if
    /// unknown.
    private static int position(SQLException cause) {
      String message = String.valueOf(cause.getMessage());
      int begin = message.lastIndexOf("\n" + POSITION);
      if (begin < 0) {
        return 0;
      }
      try {
        return Integer.parseInt(message.substring(begin + 1 + POSITION.length()).strip());
      } catch (NumberFormatException _) { // unknown: the statement's own line is used
        return 0;
      }
    }
  }
}
