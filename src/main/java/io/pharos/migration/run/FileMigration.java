package io.pharos.migration.run;

import io.pharos.migration.MigrationFile;
import io.pharos.migration.run.BackendMigrator.Limits;
import io.pharos.migration.sql.SqlStatement;
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

/// A file as a migration of Flyway. It runs the statements that the lint checked: a second parser
/// could run unchecked ones.
record FileMigration(MigrationFile file, Limits limits, Optional<Consumer<MigrationFile>> begun)
    implements ResolvedMigration, MigrationExecutor {
  /// Gives Flyway exactly these files.
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
      // Deferred constraints are checked here, where the file is known, and not at the commit.
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
}
