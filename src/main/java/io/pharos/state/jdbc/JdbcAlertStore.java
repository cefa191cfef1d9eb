package io.pharos.state.jdbc;

import static java.util.Objects.requireNonNullElse;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore;
import io.pharos.bytes.Micros;
import io.pharos.model.Labels;
import io.pharos.schedule.GroupCommit;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.StoreUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
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

/// Alerts in the table `alerts`; the latest checkpoint in `notifier_state`.
final class JdbcAlertStore implements AlertStore, AutoCloseable {
  private static final String ALIVE_AT = "alive_at";
  private static final List<String> COLUMNS =
      List.of(
          "fingerprint",
          "labels",
          "annotations",
          "starts_at",
          "ends_at",
          "updated_at",
          "is_timeout",
          "generator_url",
          "settled",
          "version",
          "writer");
  private static final int MAX_BATCH = 64;
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private final Jdbc jdbc;
  private final Versions versions;
  private final GroupCommit<List<TrackedAlert>> saves;
  private final String upsert;
  private final String upsertState;

  JdbcAlertStore(Jdbc jdbc, Versions versions, LoopRegistry loops) {
    this.jdbc = jdbc;
    this.versions = versions;
    this.upsert = Jdbc.upsert("alerts", List.of("fingerprint"), COLUMNS);
    this.upsertState =
        Jdbc.upsert("notifier_state", List.of("name"), List.of("name", "number_value"));
    this.saves = new GroupCommit<>("alert-store", MAX_BATCH, LOOK, loops, this::saveAll);
  }

  @Override
  public CompletableFuture<Void> save(Collection<TrackedAlert> alerts) {
    return saves.add(List.copyOf(alerts));
  }

  /// Waits until the alerts of earlier calls are stored.
  ///
  /// @param what it is that must come after them
  /// @throws StoreUnavailableException when they could not be stored
  void flush(String what) {
    try {
      saves.add(List.of()).join();
    } catch (CompletionException e) {
      Throwable cause = requireNonNullElse(e.getCause(), e);
      throw new StoreUnavailableException(
          "can't " + what + " after the alerts before it: " + cause.getMessage(), cause);
    }
  }

  private void saveAll(List<GroupCommit.Entry<List<TrackedAlert>>> batch) {
    List<TrackedAlert> alerts = batch.stream().flatMap(entry -> entry.what().stream()).toList();
    if (!alerts.isEmpty()) {
      jdbc.write("save alerts", connection -> save(connection, alerts));
    }
  }

  /// The rows are written in the order of their keys: two replicas that write the same ones must
  /// not wait for each other.
  private void save(Connection connection, Collection<TrackedAlert> alerts) throws SQLException {
    if (alerts.isEmpty()) {
      return;
    }
    long version = versions.next(connection, Versions.ALERTS);
    var latest = new TreeMap<Fingerprint, TrackedAlert>();
    alerts.forEach(alert -> latest.put(alert.fingerprint(), alert));
    Jdbc.<TrackedAlert>batch(
        connection, upsert, latest.values(), (statement, alert) -> bind(statement, alert, version));
  }

  private void bind(PreparedStatement statement, TrackedAlert alert, long version)
      throws SQLException {
    statement.setLong(1, alert.fingerprint().bits());
    statement.setString(2, Codec.labels(alert.labels()));
    statement.setString(3, Codec.labels(alert.annotations()));
    statement.setLong(4, Micros.of(alert.startsAt()));
    statement.setLong(5, Micros.of(alert.endsAt()));
    statement.setLong(6, Micros.of(alert.updatedAt()));
    statement.setBoolean(7, alert.timeout());
    statement.setString(8, alert.generatorUrl());
    statement.setBoolean(9, false);
    statement.setLong(10, version);
    statement.setString(11, versions.writer());
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
          each(connection, "update alerts set settled = true where fingerprint = ?", settled);
          each(connection, "delete from alerts where fingerprint = ?", forgotten);
          if (versions.isShared() && !forgotten.isEmpty()) {
            deleteAbandoned(connection, now);
          }
          Jdbc.<Instant>batch(
              connection,
              upsertState,
              List.of(now),
              (statement, instant) -> {
                statement.setString(1, ALIVE_AT);
                statement.setLong(2, Micros.of(instant));
              });
        });
  }

  /// Alerts whose end nobody could settle, since their groups were of several replicas.
  private static void deleteAbandoned(Connection connection, Instant now) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("delete from alerts where ends_at < ?")) {
      statement.setLong(1, Micros.of(now.minus(ABANDONED_AFTER)));
      statement.executeUpdate();
    }
  }

  @Override
  public long version() {
    return versions.current(jdbc, Versions.ALERTS);
  }

  @Override
  public Changes changesSince(long version) {
    if (!versions.isShared()) {
      return new Changes(version, List.of());
    }
    var latest = new AtomicLong(version);
    List<TrackedAlert> changed =
        jdbc.read(
            "read the alerts of other replicas",
            "select "
                + String.join(", ", COLUMNS)
                + " from alerts where version > ? and writer <> ? order by version",
            statement -> {
              statement.setLong(1, version);
              statement.setString(2, versions.writer());
            },
            row -> {
              latest.set(row.getLong(10));
              return read(row).alert();
            });
    return new Changes(latest.get(), changed);
  }

  @Override
  public void close() {
    saves.close();
  }

  private static void each(Connection connection, String sql, Collection<Fingerprint> fingerprints)
      throws SQLException {
    Jdbc.<Fingerprint>batch(
        connection,
        sql,
        fingerprints,
        (statement, fingerprint) -> statement.setLong(1, fingerprint.bits()));
  }

  @Override
  public Stored load() {
    List<StoredAlert> alerts =
        jdbc.read(
            "load alerts",
            "select " + String.join(", ", COLUMNS) + " from alerts",
            _ -> {},
            JdbcAlertStore::read);
    List<Instant> alive =
        jdbc.read(
            "load the alerts' checkpoint",
            "select number_value from notifier_state where name = ?",
            statement -> statement.setString(1, ALIVE_AT),
            row -> Micros.instant(row.getLong(1)));
    return new Stored(alerts, alive.isEmpty() ? Instant.EPOCH : alive.getFirst());
  }

  private static StoredAlert read(ResultSet row) throws SQLException {
    Labels labels = Codec.labels(row.getString(2));
    return new StoredAlert(
        new TrackedAlert(
            labels,
            new Fingerprint(row.getLong(1)),
            Codec.labels(row.getString(3)),
            Micros.instant(row.getLong(4)),
            Micros.instant(row.getLong(5)),
            Micros.instant(row.getLong(6)),
            row.getBoolean(7),
            row.getString(8)),
        row.getBoolean(9));
  }
}
