package io.pharos.state;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.dispatch.NotifierStores;
import io.pharos.callback.Callbacks;
import io.pharos.gate.Gates;
import io.pharos.gate.deployment.Deployments;
import io.pharos.migration.ledger.MigrationLedger;
import io.pharos.rollout.Rollouts;
import io.pharos.schedule.LoopRegistry;
import io.pharos.state.jdbc.JdbcStores;
import io.pharos.state.jdbc.Replica;
import io.pharos.state.log.NotifierLog;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An open store with the current schema. Thread-safe.
public final class Store implements AutoCloseable {
  private final JdbcStores database;

  /// Null where the database keeps the notifier's state too.
  private final @Nullable NotifierLog log;

  private final NotifierStores notifier;

  private Store(JdbcStores database, @Nullable NotifierLog log, NotifierStores notifier) {
    this.database = database;
    this.log = log;
    this.notifier = notifier;
  }

  /// Opens a store for one process alone.
  ///
  /// @throws StoreUnavailableException when the database can't be reached or its schema can't be
  ///   migrated
  public static Store open(StoreConfig config) {
    var registry = new SimpleMeterRegistry();
    var clock = InstantSource.system();
    return open(
        config,
        Optional.empty(),
        false,
        new DamagedData(clock, registry),
        new LoopRegistry(clock, System::nanoTime, registry));
  }

  /// Opens a store and brings its schema up to date. A server that is away is waited for: meanwhile
  /// all that is asked of the store is a [StoreUnavailableException], and [#troubles] says so. An
  /// embedded database that is not there yet is made when the first deployment, gate, rollout or
  /// callback is stored.
  ///
  /// @param replica this process where others may share the database, which only PostgreSQL can
  /// @param damages is told of what is damaged, which is no reason not to open
  /// @param loops is told of the threads that write
  /// @throws StoreUnavailableException when the database can't be opened or its schema can't be
  ///   migrated, and waiting would not help
  public static Store open(
      StoreConfig config, Optional<Replica> replica, DamagedData damages, LoopRegistry loops) {
    return open(config, replica, true, damages, loops);
  }

  private static Store open(
      StoreConfig config,
      Optional<Replica> replica,
      boolean await,
      DamagedData damages,
      LoopRegistry loops) {
    return switch (config) {
      case StoreConfig.Embedded(Path folder) -> {
        JdbcStores database = JdbcStores.embedded(folder, await, damages);
        try {
          NotifierLog log = NotifierLog.open(folder.resolve("notifier"), damages, loops);
          yield new Store(
              database, log, new NotifierStores(log.alerts(), log.silences(), log.outbox()));
        } catch (RuntimeException e) {
          database.close();
          throw e;
        }
      }
      case StoreConfig.Postgresql(String url, String user, String password) -> {
        JdbcStores database = JdbcStores.postgresql(url, user, password, await, damages);
        yield new Store(database, null, database.notifier(replica, loops));
      }
    };
  }

  /// Where the notifier keeps its state.
  public NotifierStores notifier() {
    return notifier;
  }

  public Deployments deployments() {
    return database.deployments();
  }

  /// What is known of the migrations of services' own databases.
  public MigrationLedger migrations() {
    return database.migrations();
  }

  public Gates gates() {
    return database.gates();
  }

  public Callbacks callbacks() {
    return database.callbacks();
  }

  public Rollouts rollouts() {
    return database.rollouts();
  }

  /// Why something is not stored, or soon may not be, for people; empty where all is well. While
  /// something is wrong each call tries whether it still is.
  public List<String> troubles() {
    var troubles = new ArrayList<String>();
    String ofLog = log == null ? "" : log.trouble();
    if (!ofLog.isEmpty()) {
      troubles.add(ofLog);
    }
    String ofDatabase = database.trouble();
    if (!ofDatabase.isEmpty()) {
      troubles.add(
          (isShared()
                  ? "the database takes nothing, so that only urgent alerts are told: "
                  : "deployments, gates and rollouts are not stored: ")
              + ofDatabase);
    }
    return troubles;
  }

  /// Has something done now, or once the server is reached that is waited for: by a thread that
  /// does it again where it throws.
  public void whenReached(Runnable action) {
    database.whenReached(action);
  }

  /// Whether other processes may share the database.
  public boolean isShared() {
    return log == null;
  }

  /// The key that all processes on this database share under a name.
  ///
  /// @param first makes it where there is none yet
  /// @throws StoreUnavailableException when the database does not answer
  public String sharedKey(String name, Supplier<String> first) {
    return database.sharedKey(name, first);
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
    database.close();
  }
}
