package io.pharos.state;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AuditStore;
import io.pharos.access.SessionStore;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.callback.Callbacks;
import io.pharos.gate.Gates;
import io.pharos.gate.deployment.Deployments;
import io.pharos.migration.ledger.MigrationLedger;
import io.pharos.oncall.chat.CardStore;
import io.pharos.oncall.device.DeviceStore;
import io.pharos.oncall.drill.DrillStore;
import io.pharos.oncall.episode.EpisodeStore;
import io.pharos.oncall.escalation.EscalationStore;
import io.pharos.oncall.schedule.OverrideStore;
import io.pharos.oncall.shift.ShiftStore;
import io.pharos.oncall.window.WindowStore;
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
///
/// @param log the log of the notifier's state; null if the database also stores the notifier's
///   state
/// @param episodes the store of episodes
/// @param escalations the store of escalations
/// @param notifier the stores of the notifier's state
public record Store(
    JdbcStores database,
    @Nullable NotifierLog log,
    NotifierService.Stores notifier,
    EpisodeStore episodes,
    EscalationStore escalations)
    implements AutoCloseable {
  /// Opens a store for a single process.
  ///
  /// @throws StoreUnavailableException if the database can't be reached or its schema can't be
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

  /// Opens a store and migrates its schema. If the database server is unreachable, opens the store
  /// nevertheless and tries to connect in the background. Until it is connected, all calls throw
  /// [StoreUnavailableException], and [#troubles] reports the reason. A missing embedded database
  /// is created when the first deployment, gate, rollout or callback is stored.
  ///
  /// @param replica this process, if others may share the database, which requires PostgreSQL
  /// @param damages records damaged data, which does not prevent opening
  /// @param loops registers the writer threads
  /// @throws StoreUnavailableException if the database can't be opened or its schema can't be
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
              database,
              log,
              new NotifierService.Stores(log.alerts(), log.silences(), log.outbox()),
              database.episodes(Optional.empty()),
              database.escalations(Optional.empty()));
        } catch (RuntimeException e) {
          database.close();
          throw e;
        }
      }
      case StoreConfig.Postgresql(String url, String user, String password) -> {
        JdbcStores database = JdbcStores.postgresql(url, user, password, await, damages);
        yield new Store(
            database,
            null,
            database.notifier(replica, loops),
            database.episodes(replica),
            database.escalations(replica));
      }
    };
  }

  /// Returns the store of announced releases.
  public Deployments deployments() {
    return database.deployments();
  }

  /// Returns the store of applied migrations of the services' own databases.
  public MigrationLedger migrations() {
    return database.migrations();
  }

  /// Returns the store of gates.
  public Gates gates() {
    return database.gates();
  }

  /// Returns the store of callbacks.
  public Callbacks callbacks() {
    return database.callbacks();
  }

  /// Returns the store of cards in chats.
  public CardStore cards() {
    return database.cards();
  }

  /// Returns the store of who has each rotation.
  public ShiftStore shifts() {
    return database.shifts();
  }

  /// Returns the store of fire drills.
  public DrillStore drills() {
    return database.drills();
  }

  /// Returns the store of sessions.
  public SessionStore sessions() {
    return database.sessions();
  }

  /// Returns the store of the audit.
  public AuditStore audit() {
    return database.audit();
  }

  /// Returns the store of overrides of rotations.
  public OverrideStore overrides() {
    return database.overrides();
  }

  /// Returns the store of maintenance windows.
  public WindowStore windows() {
    return database.windows();
  }

  /// Returns the store of the browsers of people.
  public DeviceStore devices() {
    return database.devices();
  }

  /// Returns the store of rollouts.
  public Rollouts rollouts() {
    return database.rollouts();
  }

  /// Returns messages for people that say why data is not stored, or may soon not be stored; empty
  /// if there is no trouble. Each call also retries a failed write.
  public List<String> troubles() {
    var troubles = new ArrayList<String>();
    String logTrouble = log == null ? "" : log.trouble();
    if (!logTrouble.isEmpty()) {
      troubles.add(logTrouble);
    }
    String databaseTrouble = database.trouble();
    if (!databaseTrouble.isEmpty()) {
      troubles.add(
          (isShared()
                  ? "the database can't be written, so only urgent alerts are notified: "
                  : "deployments, gates and rollouts are not stored: ")
              + databaseTrouble);
    }
    return troubles;
  }

  /// Runs an action: now if the server is reachable, otherwise in a background thread as soon as
  /// the server is reachable. The background thread repeats the action if it throws.
  public void whenReached(Runnable action) {
    database.whenReached(action);
  }

  /// Returns whether other processes may share the database.
  public boolean isShared() {
    return log == null;
  }

  /// Returns the value of a key that all processes on this database share.
  ///
  /// @param name name of the key
  /// @param first creates the value if none is stored
  /// @throws StoreUnavailableException if the database does not answer
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
