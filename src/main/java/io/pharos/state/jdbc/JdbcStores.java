package io.pharos.state.jdbc;

import io.pharos.access.AuditStore;
import io.pharos.access.SessionStore;
import io.pharos.alerting.dispatch.NotifierService;
import io.pharos.alerting.dispatch.ShardKeeper;
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
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The stores in the tables of one database. Thread-safe.
public final class JdbcStores implements AutoCloseable {
  private final Database database;
  private final Jdbc jdbc;
  private @Nullable JdbcAlertStore alerts;

  private JdbcStores(Database database) {
    this.database = database;
    this.jdbc = new Jdbc(database);
  }

  /// Opens an H2 database in a file of a folder.
  ///
  /// @param whenNeeded whether a missing file is only created when something is stored
  /// @param damages records damaged data, which does not prevent opening
  /// @throws StoreUnavailableException if the database can't be opened or its schema can't be
  ///   migrated
  public static JdbcStores embedded(Path folder, boolean whenNeeded, DamagedData damages) {
    DatabaseConfig config = DatabaseConfig.in(folder);
    return new JdbcStores(
        whenNeeded ? Database.openWhenNeeded(config, damages) : Database.open(config, damages));
  }

  /// Opens a PostgreSQL database.
  ///
  /// @param await whether to wait in the background for an unreachable server: until it is reached,
  ///   all calls throw [StoreUnavailableException]
  /// @throws StoreUnavailableException if the database can't be reached or its schema can't be
  ///   migrated, and waiting is not wanted or would not help
  public static JdbcStores postgresql(
      String url, String user, String password, boolean await, DamagedData damages) {
    DatabaseConfig config = DatabaseConfig.of(url, user, password);
    return new JdbcStores(
        await ? Database.openOrAwait(config, damages) : Database.open(config, damages));
  }

  /// Creates the notifier's stores, in PostgreSQL only. Call it once.
  ///
  /// @param replica this process, if others may share the database
  public NotifierService.Stores notifier(Optional<Replica> replica, LoopRegistry loops) {
    @Nullable JdbcLeases leases = replica.map(it -> new JdbcLeases(jdbc, it)).orElse(null);
    var counters = new ChangeCounters(replica.map(Replica::incarnation).orElse(""));
    var stored = new JdbcAlertStore(jdbc, counters, loops);
    alerts = stored;
    return new NotifierService.Stores(
        stored,
        new JdbcSilenceStore(jdbc, counters),
        new JdbcOutboxStore(jdbc, stored, leases),
        Optional.<ShardKeeper.LeaseStore>ofNullable(leases));
  }

  /// Returns the store of announced releases.
  public Deployments deployments() {
    return new JdbcDeployments(jdbc);
  }

  /// Returns the store of applied migrations of the services' own databases.
  public MigrationLedger migrations() {
    return new JdbcMigrationLedger(jdbc);
  }

  /// Returns the store of gates.
  public Gates gates() {
    return new JdbcGates(jdbc);
  }

  /// Returns the store of callbacks.
  public Callbacks callbacks() {
    return new JdbcCallbacks(jdbc);
  }

  /// Returns the store of episodes.
  ///
  /// @param replica this process, if others may share the database
  public EpisodeStore episodes(Optional<Replica> replica) {
    return new JdbcEpisodes(jdbc, new ChangeCounters(replica.map(Replica::incarnation).orElse("")));
  }

  /// Returns the store of escalations.
  ///
  /// @param replica this process, if others may share the database
  public EscalationStore escalations(Optional<Replica> replica) {
    return new JdbcEscalations(
        jdbc, new ChangeCounters(replica.map(Replica::incarnation).orElse("")));
  }

  /// Returns the store of cards in chats.
  public CardStore cards() {
    return new JdbcCards(jdbc);
  }

  /// Returns the store of fire drills.
  public DrillStore drills() {
    return new JdbcDrills(jdbc);
  }

  /// Returns the store of sessions.
  public SessionStore sessions() {
    return new JdbcSessions(jdbc);
  }

  /// Returns the store of the audit.
  public AuditStore audit() {
    return new JdbcAudit(jdbc);
  }

  /// Returns the store of overrides of rotations.
  public OverrideStore overrides() {
    return new JdbcRotations(jdbc);
  }

  /// Returns the store of who has each rotation.
  public ShiftStore shifts() {
    return new JdbcRotations(jdbc);
  }

  /// Returns the store of maintenance windows.
  public WindowStore windows() {
    return new JdbcWindows(jdbc);
  }

  /// Returns the store of the browsers of people.
  public DeviceStore devices() {
    return new JdbcDevices(jdbc);
  }

  /// Returns the store of rollouts.
  public Rollouts rollouts() {
    return new JdbcRollouts(jdbc);
  }

  /// Returns why the last write failed and writes still fail; empty if there is no trouble. After a
  /// failure, tries a write to find out whether writes still fail.
  public String trouble() {
    if (!database.failure().isEmpty()) {
      try {
        jdbc.write("write to the database", JdbcStores::writeNothing);
      } catch (StoreUnavailableException _) {
        // Return only the reason: the exception's message differs each time, which would look like
        // new trouble.
        return database.failure();
      }
    }
    return "";
  }

  /* A write that changes nothing, but that a read-only database rejects. */
  private static void writeNothing(Connection connection) throws SQLException {
    Jdbc.execute(connection, "update notifier_state set name = name where name = ''");
  }

  /// Runs an action: now if the server is reachable, otherwise in a background thread as soon as
  /// the server is reachable. The background thread repeats the action if it throws.
  public void whenReached(Runnable action) {
    database.whenReached(action);
  }

  /// Returns the value of a key that all processes on this database share.
  ///
  /// @param name name of the key
  /// @param first creates the value if none is stored
  /// @throws StoreUnavailableException if the database does not answer
  public String sharedKey(String name, Supplier<String> first) {
    Optional<String> existing = findSharedKey(name);
    if (existing.isEmpty()) {
      String created = first.get();
      var _ =
          jdbc.tryWrite(
              "save a shared key",
              connection ->
                  Jdbc.execute(
                      connection, Jdbc.insert("shared_keys", "name, text"), name, created));
    }
    return existing
        .or(() -> findSharedKey(name))
        .orElseThrow(
            () -> new IllegalStateException("the key " + name + " exists but can't be read"));
  }

  private Optional<String> findSharedKey(String name) {
    return jdbc
        .read(
            "read a shared key",
            "select text from shared_keys where name = ?",
            row -> row.getString(1),
            name)
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
