package io.pharos.state.jdbc;

import static java.util.Objects.requireNonNullElse;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore;
import io.pharos.schedule.GroupCommit;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;

/// Stores alerts in the table `alerts` and the latest checkpoint in `notifier_state`.
final class JdbcAlertStore implements AlertStore, AutoCloseable {
  private static final String ALIVE_AT = "alive_at";
  private static final String COLUMNS =
      "fingerprint, labels, annotations, starts_at, ends_at, updated_at, is_timeout,"
          + " generator_url, settled, version, writer";
  private static final String SELECT = "select " + COLUMNS + " from alerts";
  private static final String UPSERT = Jdbc.upsert("alerts", "fingerprint", COLUMNS);
  private static final String UPSERT_STATE =
      Jdbc.upsert("notifier_state", "name", "name, number_value");
  private static final int MAX_BATCH = 64;
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private final Jdbc jdbc;
  private final ChangeCounters counters;
  private final GroupCommit<List<TrackedAlert>> saves;

  JdbcAlertStore(Jdbc jdbc, ChangeCounters counters, LoopRegistry loops) {
    this.jdbc = jdbc;
    this.counters = counters;
    this.saves = new GroupCommit<>("alert-store", MAX_BATCH, CHECK_INTERVAL, loops, this::saveAll);
  }

  @Override
  public CompletableFuture<Void> save(Collection<TrackedAlert> alerts) {
    return saves.add(List.copyOf(alerts));
  }

  /// Waits until the alerts of earlier calls are stored.
  ///
  /// @param action the action that requires these alerts to be stored first, for error messages
  /// @throws StoreUnavailableException if they could not be stored
  void flush(String action) {
    try {
      saves.add(List.of()).join();
    } catch (CompletionException e) {
      Throwable cause = requireNonNullElse(e.getCause(), e);
      throw new StoreUnavailableException(
          "can't " + action + ", because earlier alerts were not saved: " + cause.getMessage(),
          cause);
    }
  }

  private void saveAll(List<GroupCommit.Entry<List<TrackedAlert>>> batch) {
    List<TrackedAlert> alerts = batch.stream().flatMap(entry -> entry.value().stream()).toList();
    if (!alerts.isEmpty()) {
      jdbc.write("save alerts", connection -> save(connection, alerts));
    }
  }

  /// Writes rows in the order of their keys, so that two replicas that write the same rows do not
  /// wait for each other's locks forever.
  private void save(Connection connection, Collection<TrackedAlert> alerts) throws SQLException {
    if (alerts.isEmpty()) {
      return;
    }
    long version = counters.increment(connection, ChangeCounters.ALERTS);
    var latest = new TreeMap<Fingerprint, TrackedAlert>();
    alerts.forEach(alert -> latest.put(alert.fingerprint(), alert));
    Jdbc.<TrackedAlert>batch(
        connection,
        UPSERT,
        latest.values(),
        alert ->
            Jdbc.row(
                alert.fingerprint().bits(),
                Codec.labels(alert.labels()),
                Codec.labels(alert.annotations()),
                alert.startsAt(),
                alert.endsAt(),
                alert.updatedAt(),
                alert.timeout(),
                alert.generatorUrl(),
                false,
                version,
                counters.writer()));
  }

  @Override
  public void checkpoint(
      Instant now,
      Collection<TrackedAlert> renewed,
      Collection<Fingerprint> settled,
      Collection<Fingerprint> forgotten) {
    flush("save the alerts' checkpoint");
    jdbc.write(
        "save the alerts' checkpoint",
        connection -> {
          save(connection, renewed);
          updateEach(connection, "update alerts set settled = true where fingerprint = ?", settled);
          updateEach(connection, "delete from alerts where fingerprint = ?", forgotten);
          if (counters.isShared() && !forgotten.isEmpty()) {
            // No replica could settle these alerts, because their groups belonged to several
            // replicas.
            Jdbc.execute(
                connection, "delete from alerts where ends_at < ?", now.minus(ABANDONED_AFTER));
          }
          Jdbc.execute(connection, UPSERT_STATE, ALIVE_AT, now);
        });
  }

  @Override
  public long version() {
    return counters.current(jdbc, ChangeCounters.ALERTS);
  }

  @Override
  public Changes changesSince(long version) {
    if (!counters.isShared()) {
      return new Changes(version, List.of());
    }
    var latest = new AtomicLong(version);
    List<TrackedAlert> changed =
        jdbc.read(
            "read the alerts of other replicas",
            SELECT + " where version > ? and writer <> ? order by version",
            row -> {
              latest.set(row.getLong(10));
              return read(row).alert();
            },
            version,
            counters.writer());
    return new Changes(latest.get(), changed);
  }

  @Override
  public void close() {
    saves.close();
  }

  private static void updateEach(
      Connection connection, String sql, Collection<Fingerprint> fingerprints) throws SQLException {
    Jdbc.<Fingerprint>batch(
        connection, sql, fingerprints, fingerprint -> Jdbc.row(fingerprint.bits()));
  }

  @Override
  public Stored load() {
    List<StoredAlert> alerts = jdbc.read("load alerts", SELECT, JdbcAlertStore::read);
    List<Instant> alive =
        jdbc.read(
            "load the alerts' checkpoint",
            "select number_value from notifier_state where name = ?",
            row -> Codec.instant(row, 1),
            ALIVE_AT);
    return new Stored(alerts, alive.isEmpty() ? Instant.EPOCH : alive.getFirst());
  }

  private static StoredAlert read(ResultSet row) throws SQLException {
    return new StoredAlert(
        new TrackedAlert(
            Codec.labels(row.getString(2)),
            new Fingerprint(row.getLong(1)),
            Codec.labels(row.getString(3)),
            Codec.instant(row, 4),
            Codec.instant(row, 5),
            Codec.instant(row, 6),
            row.getBoolean(7),
            row.getString(8)),
        row.getBoolean(9));
  }
}
