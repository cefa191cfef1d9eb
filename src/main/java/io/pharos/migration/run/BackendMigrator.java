package io.pharos.migration.run;

import io.pharos.migration.MigrationException;
import io.pharos.migration.MigrationException.Reason;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.run.FileMigration.FailedStatementException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.resolver.ResolvedMigration;

/// Runs migrations of the backend's database by Flyway, which records them in the table
/// `pharos_migrations`. Only one run is active at a time. Each file is one transaction, unless it
/// contains the directive `no-transaction`.
public final class BackendMigrator {
  /// The table of applied migrations. It is not `flyway_schema_history`, which the backend may use
  /// itself.
  public static final String TABLE = "pharos_migrations";

  private static final long LOCK_ID = 0x706861726f736d67L; // "pharosmg"
  private static final Duration LOCK_POLL = Duration.ofMillis(100);

  private final BackendDatabase database;
  private final Limits limits;

  /// Timeouts of a run.
  ///
  /// @param lock how long a statement waits for a lock; statements of other sessions wait behind it
  /// @param statement how long a statement may run
  /// @param turn how long to wait for the end of another run
  public record Limits(Duration lock, Duration statement, Duration turn) {
    public Limits {
      if (!lock.isPositive() || !statement.isPositive() || turn.isNegative()) {
        throw new IllegalArgumentException(
            "expected a lock timeout and a statement timeout above 0, and a wait of 0 or more;"
                + " found %s, %s and %s".formatted(lock, statement, turn));
      }
    }
  }

  /// Creates a migrator. It opens a connection for each call.
  public BackendMigrator(BackendDatabase database, Limits limits) {
    this.database = database;
    this.limits = limits;
  }

  /// Compares the files with the applied migrations, in a read-only session.
  ///
  /// @throws MigrationException when the files do not match, or the server is unreachable
  public MigrationPlan plan(List<MigrationFile> files, MigrationPhase phase)
      throws MigrationException {
    MigrationInfo[] infos;
    try {
      infos = flyway(migrations(files, Optional.empty()), true).info().all();
    } catch (FlywayException e) {
      throw failure(e);
    }
    var byVersion = new HashMap<String, MigrationFile>();
    files.forEach(file -> byVersion.put(file.version(), file));
    var applied = new ArrayList<MigrationFile>();
    var refused = new ArrayList<String>();
    for (MigrationInfo info : infos) {
      if (info.isApplied() && !info.getType().isBaseline()) {
        compare(info, byVersion, refused).ifPresent(applied::add);
      }
    }
    var pending = files.stream().filter(file -> !applied.contains(file)).toList();
    if (phase == MigrationPhase.CONTRACT) {
      missingExpand(pending).ifPresent(refused::add);
    }
    if (!refused.isEmpty()) {
      throw new MigrationException(Reason.REFUSED, String.join("\n", refused));
    }
    return new MigrationPlan(
        phase, applied, pending.stream().filter(file -> file.phase() == phase).toList());
  }

  private static Optional<MigrationFile> compare(
      MigrationInfo info, Map<String, MigrationFile> files, List<String> refused) {
    String version = String.valueOf(info.getVersion());
    MigrationFile file = files.get(version);
    if (info.getState() == MigrationState.FAILED
        || info.getState() == MigrationState.MISSING_FAILED) {
      refused.add(
          ("%s failed at %s, outside of a transaction: look for remains such as"
                  + " an INVALID index, repair them and run again with"
                  + " --clear-failed=%s")
              .formatted(info.getScript(), info.getInstalledOn().toInstant(), version));
      return Optional.empty();
    }
    if (file == null) {
      refused.add(
          "%s was applied at %s, but its file is missing: expected it beside the other files"
              .formatted(info.getScript(), info.getInstalledOn().toInstant()));
      return Optional.empty();
    }
    if (!Integer.valueOf(file.checksum()).equals(info.getAppliedChecksum())) {
      refused.add(
          ("%s: was applied at %s with the checksum %s, but now has %s: expected"
                  + " no change after that; put changes into a new file")
              .formatted(
                  file.file(),
                  info.getInstalledOn().toInstant(),
                  info.getAppliedChecksum(),
                  file.checksum()));
    } else if (!file.name().equals(info.getScript())) {
      refused.add(
          file.file() + ": was applied with the name " + info.getScript() + ": rename it back");
    }
    return Optional.of(file);
  }

  /* A contract file may depend on every expand file with a lower version, so those must run
   * first. */
  private static Optional<String> missingExpand(List<MigrationFile> pending) {
    boolean sawContract = false;
    for (MigrationFile file : pending.reversed()) {
      sawContract |= file.phase() == MigrationPhase.CONTRACT;
      if (sawContract && file.phase() == MigrationPhase.EXPAND) {
        return Optional.of(
            file.name() + " is not applied yet: run --phase=expand before --phase=contract");
      }
    }
    return Optional.empty();
  }

  /// Runs the files of a plan in order and stops at the first failure.
  ///
  /// @param begun called for each file before its first statement
  /// @throws MigrationException when a file fails, or when another run does not end in time
  public void run(MigrationPlan plan, Consumer<MigrationFile> begun)
      throws MigrationException, InterruptedException {
    var files = new ArrayList<>(plan.applied());
    files.addAll(plan.pending());
    Flyway flyway = flyway(migrations(files, Optional.of(begun)), false);
    try (Connection connection = flyway.getConfiguration().getDataSource().getConnection()) {
      awaitTurn(connection);
      flyway.migrate();
    } catch (FlywayException e) {
      throw failure(e);
    } catch (SQLException e) {
      throw unreachable(e);
    }
  }

  /* Takes an advisory lock. It ends with the connection, so a killed run releases it. Flyway's
   * own lock is too late: it is taken after Flyway has looked for its table, so if several runs
   * start without that table, one creates it and the others fail. The lock is polled, because a
   * statement that waits in the server holds a snapshot, and CREATE INDEX CONCURRENTLY of the
   * other run waits for the end of all snapshots. */
  private void awaitTurn(Connection connection)
      throws SQLException, MigrationException, InterruptedException {
    long begin = System.nanoTime();
    while (!tryLock(connection)) {
      if (System.nanoTime() - begin >= limits.turn().toNanos()) {
        throw busy();
      }
      Thread.sleep(LOCK_POLL);
    }
  }

  private static boolean tryLock(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select pg_try_advisory_lock(?)")) {
      statement.setLong(1, LOCK_ID);
      try (ResultSet taken = statement.executeQuery()) {
        return taken.next() && taken.getBoolean(1);
      }
    }
  }

  /// Deletes the record of a failure outside a transaction, so that the file is run again.
  ///
  /// @return whether there was such a record
  /// @throws MigrationException when the server is unreachable
  public boolean clearFailed(String version) throws MigrationException {
    try (Connection connection =
            flyway(List.of(), false).getConfiguration().getDataSource().getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "delete from " + TABLE + " where version = ? and not success")) {
      statement.setString(1, version);
      return statement.executeUpdate() > 0;
    } catch (FlywayException e) {
      throw failure(e);
    } catch (SQLException e) {
      throw unreachable(e);
    }
  }

  private List<ResolvedMigration> migrations(
      List<MigrationFile> files, Optional<Consumer<MigrationFile>> begun) {
    return files.stream()
        .<ResolvedMigration>map(file -> new FileMigration(file, limits, begun))
        .toList();
  }

  private Flyway flyway(List<ResolvedMigration> migrations, boolean readOnly) {
    return Flyway.configure(BackendMigrator.class.getClassLoader())
        .configuration(
            // The lock must not need a transaction: CREATE INDEX CONCURRENTLY would wait for its
            // end.
            Map.of("flyway.postgresql.transactional.lock", "false"))
        .driver("org.postgresql.Driver")
        .dataSource(database.jdbcUrl(), database.user(), database.password())
        .jdbcProperties(database.properties(readOnly))
        .locations(new String[0])
        .skipDefaultResolvers(true)
        .skipDefaultCallbacks(true)
        .resolvers(new FileMigration.Resolver(migrations))
        .table(TABLE)
        // plan() has validated the files with messages of our own. Files that another run has
        // applied since then are no error.
        .validateOnMigrate(false)
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .createSchemas(false)
        .outOfOrder(true)
        .group(false)
        .lockRetryCount((int) Math.min(limits.turn().toSeconds(), Integer.MAX_VALUE))
        .load();
  }

  private MigrationException failure(FlywayException problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof FailedStatementException failed) {
        return new MigrationException(Reason.FAILED, String.valueOf(failed.getMessage()));
      }
    }
    String message = String.valueOf(problem.getMessage());
    if (message.contains("advisory lock")) {
      return busy();
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return new MigrationException(
            sql.getSQLState() != null && isConnectionProblem(sql.getSQLState())
                ? Reason.UNREACHABLE
                : Reason.FAILED,
            database + ": " + sql.getMessage());
      }
    }
    return new MigrationException(Reason.REFUSED, database + ": " + message);
  }

  private MigrationException busy() {
    return new MigrationException(
        Reason.BUSY,
        "another migration of %s is running and did not end within %s s; nothing was started"
            .formatted(database, limits.turn().toSeconds()));
  }

  private MigrationException unreachable(SQLException problem) {
    return new MigrationException(
        Reason.UNREACHABLE, database + " is unreachable: " + problem.getMessage());
  }

  /* Whether an SQL state is about the connection: network, login, missing database, or a server
   * that shuts down. */
  private static boolean isConnectionProblem(String state) {
    return Stream.of("08", "28", "3D", "57P").anyMatch(state::startsWith);
  }

  /// The applied migrations of a database, and those that a run would apply.
  ///
  /// @param applied applied files, ordered by version
  /// @param pending files of the phase that are not applied, ordered by version
  public record MigrationPlan(
      MigrationPhase phase, List<MigrationFile> applied, List<MigrationFile> pending) {
    public MigrationPlan {
      applied = List.copyOf(applied);
      pending = List.copyOf(pending);
    }

    /// Returns this plan with these files as its pending files.
    public MigrationPlan only(List<MigrationFile> files) {
      return new MigrationPlan(phase, applied, files);
    }
  }

  /// The address and credentials of the backend's PostgreSQL.
  ///
  /// @param jdbcUrl `jdbc:postgresql:…`
  /// @param password never printed; empty for none
  public record BackendDatabase(String jdbcUrl, String user, String password) {
    private static final String CONNECT_SECONDS = "10";

    public BackendDatabase {
      if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
        throw new IllegalArgumentException("expected jdbc:postgresql:…, found " + plain(jdbcUrl));
      }
    }

    /// Returns the connection properties of the driver.
    ///
    /// @param readOnly whether the server must refuse every change
    Map<String, String> properties(boolean readOnly) {
      var properties = new HashMap<>(Map.of("tcpKeepAlive", "true"));
      properties.put("ApplicationName", "pharos migrate-backend");
      properties.put("connectTimeout", CONNECT_SECONDS);
      if (readOnly) {
        properties.put("options", "-c default_transaction_read_only=on");
      }
      return properties;
    }

    /* Without its parameters, which may contain secrets. */
    private static String plain(String url) {
      int end = url.indexOf('?');
      return end < 0 ? url : url.substring(0, end);
    }

    @Override
    public String toString() {
      return plain(jdbcUrl) + " as " + user;
    }
  }
}
