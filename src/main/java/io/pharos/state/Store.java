package io.pharos.state;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.dispatch.AlertStore;
import io.pharos.alerting.dispatch.LeaseStore;
import io.pharos.alerting.notify.OutboxStore;
import io.pharos.alerting.silence.SilenceStore;
import io.pharos.release.deploy.Deployments;
import io.pharos.release.gate.Gates;
import io.pharos.trouble.Damages;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An open store with the current schema. Thread-safe.
public final class Store implements AutoCloseable {
  private final Database database;
  private final Jdbc jdbc;
  private final AlertStore alerts;
  private final SilenceStore silences;
  private final OutboxStore outbox;

  /// Null where processes can't share the store, or this one does not.
  private final @Nullable JdbcLeases leases;

  /// The notifier's own trouble; empty where all is well.
  private final Supplier<String> notifierTrouble;

  private final Runnable closeNotifier;

  private Store(Database database, NotifierLog log) {
    this.database = database;
    this.jdbc = new Jdbc(database);
    this.leases = null;
    this.alerts = log.alerts();
    this.silences = log.silences();
    this.outbox = log.outbox();
    this.notifierTrouble = log::trouble;
    this.closeNotifier = log::close;
  }

  private Store(Database database, Optional<Replica> replica) {
    this.database = database;
    this.jdbc = new Jdbc(database);
    this.leases = replica.map(it -> new JdbcLeases(jdbc, it.incarnation(), it.name())).orElse(null);
    var versions = new Versions(leases == null ? "" : leases.owner());
    var stored = new JdbcAlertStore(jdbc, versions);
    this.alerts = stored;
    this.silences = new JdbcSilenceStore(jdbc, versions);
    this.outbox = new JdbcOutboxStore(jdbc, stored, leases);
    this.notifierTrouble = () -> "";
    this.closeNotifier = stored::close;
  }

  /// Opens a store for one process alone.
  ///
  /// @throws StoreUnavailableException when the database can't be reached or its schema can't be
  ///   migrated
  public static Store open(StoreConfig config) {
    return open(
        config,
        Optional.empty(),
        new Damages(InstantSource.system(), new SimpleMeterRegistry()),
        Database::open);
  }

  /// Opens a store and brings its schema up to date. A server that is away is waited for: meanwhile
  /// all that is asked of the store is a [StoreUnavailableException], and [#troubles] says so.
  ///
  /// @param replica this process where others may share the database, which only PostgreSQL can
  /// @param damages is told of what is damaged, which is no reason not to open
  /// @throws StoreUnavailableException when the database can't be opened or its schema can't be
  ///   migrated, and waiting would not help
  public static Store open(StoreConfig config, Optional<Replica> replica, Damages damages) {
    return open(config, replica, damages, Database::openOrAwait);
  }

  private static Store open(
      StoreConfig config,
      Optional<Replica> replica,
      Damages damages,
      BiFunction<DatabaseConfig, Damages, Database> opening) {
    return switch (config) {
      case StoreConfig.Embedded(Path folder) -> {
        Database database = opening.apply(DatabaseConfig.in(folder), damages);
        try {
          yield new Store(database, NotifierLog.open(folder.resolve("notifier"), damages));
        } catch (RuntimeException e) {
          database.close();
          throw e;
        }
      }
      case StoreConfig.Postgresql(String url, String user, String password) ->
          new Store(opening.apply(DatabaseConfig.of(url, user, password), damages), replica);
    };
  }

  public AlertStore alerts() {
    return alerts;
  }

  public SilenceStore silences() {
    return silences;
  }

  public OutboxStore outbox() {
    return outbox;
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
    String ofNotifier = notifierTrouble.get();
    if (!ofNotifier.isEmpty()) {
      troubles.add(ofNotifier);
    }
    if (!database.failure().isEmpty()) {
      try {
        jdbc.write("try the database", Store::tryToWrite);
      } catch (StoreUnavailableException _) {
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
    return database.isServer();
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

  @Override
  public void close() {
    closeNotifier.run();
    database.close();
  }
}
