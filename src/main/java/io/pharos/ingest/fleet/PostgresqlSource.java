package io.pharos.ingest.fleet;

import io.pharos.ingest.fleet.FleetReading.GpuCount;
import io.pharos.ingest.fleet.FleetReading.GpuState;
import io.pharos.ingest.fleet.FleetReading.Unreadable;
import io.pharos.ingest.store.PostgresqlDriver;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Reads the backend's database. The connection remains open between readings; its session is
/// read-only and has a statement timeout.
final class PostgresqlSource implements FleetReading.Source {
  /* Maximum number of rows that the query for GPUs returns per host. */
  private static final int MAX_ROWS_PER_HOST = GpuState.values().length;

  private final FleetConfig.Postgresql config;
  private final int maxHosts;
  private volatile @Nullable Connection openConnection;

  PostgresqlSource(FleetConfig.Postgresql config, int maxHosts) {
    this.config = config;
    this.maxHosts = maxHosts;
  }

  @Override
  public String name() {
    return "postgresql";
  }

  @Override
  public synchronized FleetReading read() throws Unreadable {
    try {
      Connection connection = connection();
      try (Statement statement = connection.createStatement()) {
        var machines = new HashMap<String, String>();
        var beats = new HashMap<String, Instant>();
        int leftOut = machines(statement, machines, beats);
        List<GpuCount> gpus = gpus(statement, machines);
        try (ResultSet row =
            statement.executeQuery("select extract(epoch from clock_timestamp())")) {
          row.next();
          Instant clock = instant(row.getBigDecimal(1));
          return new FleetReading(clock, beats, Optional.of(machines), gpus, leftOut);
        }
      }
    } catch (SQLException e) {
      close();
      // The driver's message may name the host, user, table or column, but contains no password.
      throw new Unreadable(
          "%s (%s)"
              .formatted(
                  String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e.getSQLState()),
          e);
    } catch (IOException e) {
      throw new Unreadable(String.valueOf(e.getMessage()), e);
    }
  }

  private int machines(
      Statement statement, Map<String, String> machines, Map<String, Instant> beats)
      throws SQLException, Unreadable {
    int leftOut = 0;
    // Casting to timestamptz interprets times without a zone in the session's zone.
    try (ResultSet row =
        statement.executeQuery(
            "select host::text, status::text, extract(epoch from beat::timestamptz) from (\n"
                + config.machines()
                + "\n) fleet order by 1 limit "
                + (maxHosts + 1))) {
      while (row.next()) {
        String host = row.getString(1);
        String status = row.getString(2);
        if (host == null || !FleetReading.isLabelValue(host) || machines.size() == maxHosts) {
          leftOut++;
          continue;
        }
        if (machines.put(
                host, status == null || !FleetReading.isLabelValue(status) ? "unknown" : status)
            != null) {
          throw new Unreadable(
              "the query \"machines\" returned a host twice, expected one row per host");
        }
        BigDecimal beat = row.getBigDecimal(3);
        if (beat != null) {
          beats.put(host, instant(beat));
        }
      }
    }
    return leftOut;
  }

  private List<GpuCount> gpus(Statement statement, Map<String, String> machines)
      throws SQLException {
    var gpus = new ArrayList<GpuCount>();
    if (config.gpus().isEmpty()) {
      return gpus;
    }
    try (ResultSet row =
        statement.executeQuery(
            "select host::text, state::text, sum(count)::bigint from (\n"
                + config.gpus()
                + "\n) gpus group by 1, 2 limit "
                + (long) maxHosts * MAX_ROWS_PER_HOST)) {
      while (row.next()) {
        String host = row.getString(1);
        if (host != null && machines.containsKey(host)) {
          gpus.add(
              new GpuCount(host, GpuState.of(String.valueOf(row.getString(2))), row.getLong(3)));
        }
      }
    }
    return gpus;
  }

  private static Instant instant(BigDecimal epochSeconds) {
    return Instant.ofEpochMilli(epochSeconds.movePointRight(3).longValue());
  }

  private Connection connection() throws SQLException, IOException {
    Connection existing = openConnection;
    if (existing != null && !existing.isClosed()) {
      return existing;
    }
    Duration timeout = config.timeout();
    var properties = new Properties();
    properties.setProperty("user", config.username());
    Optional<String> password = config.password().read();
    if (password.isPresent()) {
      properties.setProperty("password", password.get());
    }
    properties.setProperty("ApplicationName", "pharos fleet");
    properties.setProperty("connectTimeout", Long.toString(timeout.toSeconds()));
    properties.setProperty("loginTimeout", Long.toString(timeout.toSeconds()));
    // One second longer than statement_timeout, so that the server can report its own timeout.
    properties.setProperty("socketTimeout", Long.toString(timeout.toSeconds() + 1));
    properties.setProperty(
        "options",
        "-c default_transaction_read_only=on -c TimeZone=%s -c statement_timeout=%d"
            .formatted(config.zone().getId(), timeout.toMillis()));
    Connection opened = PostgresqlDriver.open().connect(config.url(), properties);
    if (opened == null) {
      throw new SQLException(
          "the PostgreSQL driver does not accept the address " + config.url(), "08001");
    }
    opened.setReadOnly(true);
    // The driver overrides the option TimeZone with the zone of this JVM.
    try (Statement zone = opened.createStatement()) {
      zone.execute("set time zone '" + config.zone().getId().replace("'", "''") + "'");
    } catch (SQLException e) {
      opened.close();
      throw e;
    }
    openConnection = opened;
    return opened;
  }

  /* Not synchronized, so that it can end a read that is in progress. */
  @Override
  public void close() {
    Connection existing = openConnection;
    openConnection = null;
    if (existing != null) {
      try {
        existing.abort(Runnable::run);
      } catch (SQLException _) { // the connection is not used again, so this does not matter
      }
    }
  }
}
