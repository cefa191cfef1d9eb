package io.pharos.state;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.dispatch.AlertStore;
import io.pharos.alerting.dispatch.LeaseStore;
import io.pharos.alerting.notify.OutboxStore;
import io.pharos.alerting.silence.SilenceStore;
import io.pharos.release.deploy.Deployments;
import io.pharos.release.gate.Gates;
import io.pharos.trouble.Damages;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An open database with the current schema. Thread-safe.
public final class Store implements AutoCloseable {
  private final Database database;
  private final Jdbc jdbc;

  /// The notifier's own store; null where the database is it.
  private final @Nullable NotifierLog log;

  private final @Nullable JdbcLeases leases;
  private final Versions versions;
  private final JdbcAlertStore alerts;

  private Store(Database database, @Nullable NotifierLog log, Optional<Replica> replica) {
    this.database = database;
    this.jdbc = new Jdbc(database);
    this.log = log;
    this.leases =
        database.dialect() == Dialect.POSTGRESQL
            ? replica.map(it -> new JdbcLeases(jdbc, it.incarnation(), it.name())).orElse(null)
            : null;
    this.versions = new Versions(leases == null ? "" : leases.owner());
    this.alerts = new JdbcAlertStore(jdbc, versions);
  }

  /// Opens a database for one process alone.
  ///
  /// @throws StoreException when the database can't be reached or its schema can't be migrated
  public static Store open(StoreConfig config) {
    var damages = new Damages(InstantSource.system(), new SimpleMeterRegistry());
    return open(
        config,
        Database.open(config, Dialect.of(config.jdbcUrl()), damages),
        Optional.empty(),
        damages);
  }

  /// Opens a database and brings its schema up to date. A server that is away is waited for:
  /// meanwhile all that is asked of the store is a [StoreException], and [#troubles] says so.
  ///
  /// @param replica this process where others may share the database, which only PostgreSQL can
  /// @param damages is told of what is damaged, which is no reason not to open
  /// @throws StoreException when the database can't be opened or its schema can't be migrated, and
  ///   waiting would not help
  public static Store open(StoreConfig config, Optional<Replica> replica, Damages damages) {
    requireNonNull(config, "config is null");
    return open(
        config,
        Database.openOrAwait(config, Dialect.of(config.jdbcUrl()), damages),
        replica,
        damages);
  }

  private static Store open(
      StoreConfig config, Database database, Optional<Replica> replica, Damages damages) {
    try {
      return new Store(
          database,
          config.notifierFolder().map(folder -> NotifierLog.open(folder, damages)).orElse(null),
          replica);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  public AlertStore alerts() {
    return log == null ? alerts : log.alerts();
  }

  public SilenceStore silences() {
    return log == null ? new JdbcSilenceStore(jdbc, versions) : log.silences();
  }

  public OutboxStore outbox() {
    return log == null ? new JdbcOutboxStore(jdbc, leases) : log.outbox();
  }

  /// The leases by which replicas share the work; empty for one process alone.
  public Optional<LeaseStore> leases() {
    return Optional.ofNullable(leases);
  }

  public Deployments deployments() {
    return new JdbcDeployments(jdbc);
  }

  public Gates gates() {
    return new JdbcGates(jdbc);
  }

  /// Why something is not stored, or soon may not be, for people; empty where all is well. While
  /// something is wrong each call tries whether it still is.
  public List<String> troubles() {
    var troubles = new ArrayList<String>();
    if (log != null && !log.trouble().isEmpty()) {
      troubles.add(log.trouble());
    }
    if (!database.failure().isEmpty()) {
      try {
        jdbc.write("try the database", Store::tryToWrite);
      } catch (StoreException _) {
        // The reason alone: the message differs each time.
        troubles.add(
            (isShared()
                    ? "the database takes nothing, so that only urgent alerts are told: "
                    : "deployments and gates are not stored: ")
                + database.failure());
      }
    }
    return troubles;
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

  /// Whether other processes may share the database.
  public boolean isShared() {
    return jdbc.dialect() == Dialect.POSTGRESQL;
  }

  /// The key that all processes on this database share under a name.
  ///
  /// @param first makes it where there is none yet
  /// @throws StoreException when the database does not answer
  public String sharedKey(String name, Supplier<String> first) {
    Optional<String> known = findSharedKey(name);
    if (known.isEmpty()) {
      String made = first.get();
      var _ =
          Conflicts.insert(
              jdbc,
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

  /// For the package's other repositories.
  Jdbc jdbc() {
    return jdbc;
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
    alerts.close();
    database.close();
  }
}
