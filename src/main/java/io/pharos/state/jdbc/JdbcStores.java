package io.pharos.state.jdbc;

import io.pharos.alerting.dispatch.LeaseStore;
import io.pharos.alerting.dispatch.NotifierStores;
import io.pharos.callback.Callbacks;
import io.pharos.gate.Gates;
import io.pharos.gate.deployment.Deployments;
import io.pharos.migration.ledger.MigrationLedger;
import io.pharos.rollout.Rollouts;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What one database keeps. Thread-safe.
public final class JdbcStores implements AutoCloseable {
  private final Database database;
  private final Jdbc jdbc;
  private @Nullable JdbcAlertStore alerts;

  private JdbcStores(Database database) {
    this.database = database;
    this.jdbc = new Jdbc(database);
  }

  /// An H2 in a file of a folder.
  ///
  /// @param whenNeeded whether a file that is not there is made when something is stored, not now
  /// @param damages is told of what is damaged, which is no reason not to open
  /// @throws StoreUnavailableException when it can't be opened or its schema can't be migrated
  public static JdbcStores embedded(Path folder, boolean whenNeeded, DamagedData damages) {
    DatabaseConfig config = DatabaseConfig.in(folder);
    return new JdbcStores(
        whenNeeded ? Database.openWhenNeeded(config, damages) : Database.open(config, damages));
  }

  /// A PostgreSQL.
  ///
  /// @param await whether one that is away is waited for: meanwhile all that is asked of it is a
  ///   [StoreUnavailableException]
  /// @throws StoreUnavailableException when it can't be reached or its schema can't be migrated,
  ///   and waiting is not wanted or would not help
  public static JdbcStores postgresql(
      String url, String user, String password, boolean await, DamagedData damages) {
    DatabaseConfig config = DatabaseConfig.of(url, user, password);
    return new JdbcStores(
        await ? Database.openOrAwait(config, damages) : Database.open(config, damages));
  }

  /// The notifier's stores, of PostgreSQL only. To be called once.
  ///
  /// @param replica this process if others may share the database
  public NotifierStores notifier(Optional<Replica> replica, LoopRegistry loops) {
    @Nullable JdbcLeases leases = replica.map(it -> new JdbcLeases(jdbc, it)).orElse(null);
    var versions = new Versions(replica.map(Replica::incarnation).orElse(""));
    var stored = new JdbcAlertStore(jdbc, versions, loops);
    alerts = stored;
    return new NotifierStores(
        stored,
        new JdbcSilenceStore(jdbc, versions),
        new JdbcOutboxStore(jdbc, stored, leases),
        Optional.<LeaseStore>ofNullable(leases));
  }

  public Deployments deployments() {
    return new JdbcDeployments(jdbc);
  }

  public MigrationLedger migrations() {
    return new JdbcMigrationLedger(jdbc);
  }

  public Gates gates() {
    return new JdbcGates(jdbc);
  }

  public Callbacks callbacks() {
    return new JdbcCallbacks(jdbc);
  }

  public Rollouts rollouts() {
    return new JdbcRollouts(jdbc);
  }

  /// Why the database took nothing the last time and still does not; empty where all is well. While
  /// something is wrong each call tries whether it still is.
  public String trouble() {
    if (!database.failure().isEmpty()) {
      try {
        jdbc.write("try the database", JdbcStores::tryToWrite);
      } catch (StoreUnavailableException _) {
        // The reason alone: the message differs each time.
        return database.failure();
      }
    }
    return "";
  }

  /* A database that is read-only refuses this too, though it changes nothing. */
  private static void tryToWrite(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int _ = statement.executeUpdate("update notifier_state set name = name where name = ''");
    }
  }

  /// Has something done now, or once the server is reached that is waited for: by a thread that
  /// does it again where it throws.
  public void whenReached(Runnable action) {
    database.whenReached(action);
  }

  /// The key that all processes on this database share under a name.
  ///
  /// @param first makes it where there is none yet
  /// @throws StoreUnavailableException when the database does not answer
  public String sharedKey(String name, Supplier<String> first) {
    Optional<String> known = findSharedKey(name);
    if (known.isEmpty()) {
      String made = first.get();
      var _ =
          jdbc.insert(
              "save a shared key",
              "insert into shared_keys (name, text) values (?, ?)",
              statement -> {
                statement.setString(1, name);
                statement.setString(2, made);
              });
    }
    return known
        .or(() -> findSharedKey(name))
        .orElseThrow(() -> new IllegalStateException("the key " + name + " is there and is not"));
  }

  private Optional<String> findSharedKey(String name) {
    return jdbc
        .read(
            "read a shared key",
            "select text from shared_keys where name = ?",
            statement -> statement.setString(1, name),
            row -> row.getString(1))
        .stream()
        .findFirst();
  }

  @Override
  public void close() {
    if (alerts != null) {
      alerts.close();
    }
    database.close();
  }
}
