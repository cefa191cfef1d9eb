package io.pharos.ingest.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.faults.FaultRun;
import io.pharos.faults.FaultRun.Target;
import io.pharos.state.TestingPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on agents and rentals, raised by a fleet in PostgreSQL and by pages in the form of
/// the DCGM exporter.
@Tag("peer")
@Timeout(120)
class FleetAlertsTest {
  private static final String PHAROS = "127.0.0.1:9095";
  private static final String RENTED = "127.0.0.1:9401";
  private static final String FREE = "127.0.0.1:9402";
  private static final String NODE = "127.0.0.1:9101";

  private static final List<Target> TARGETS =
      List.of(
          new Target("pharos", PHAROS, ""),
          new Target("dcgm-exporter", RENTED, "host: gpu-01"),
          new Target("dcgm-exporter", FREE, "host: gpu-02"),
          new Target("node-exporter", NODE, "host: gpu-01"));

  private static TestingPostgres postgres;

  @TempDir Path folder;

  private final FleetRig rig = new FleetRig();
  private final Map<String, String> pages = new HashMap<>();
  private FaultRun run;

  @BeforeAll
  static void start() throws IOException {
    postgres = TestingPostgres.start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  @BeforeEach
  void begin() throws Exception {
    postgres.empty();
    execute(
        "create table machines (host varchar, status varchar, beat timestamptz)",
        "insert into machines values ('gpu-01', 'allocated', now()), ('gpu-02', 'idle', now())");
    var database = postgres.config();
    Files.writeString(folder.resolve("password"), database.password());
    rig.fleet(
        """
        postgresql:
          url: %s
          username: %s
          password_file: password
          machines: select host, status, beat from machines
          gpus: >-
            select host, case when status = 'allocated' then 'rented' else status end as state, 2 as count
            from machines
        """
            .formatted(database.jdbcUrl().replaceFirst("\\?.*", ""), database.user()),
        folder);
    String busy = Files.readString(Path.of("src/test/resources/io/pharos/dashboards/dcgm.txt"));
    pages.put(RENTED, busy);
    pages.put(
        FREE,
        busy.replace("GPU-", "GPU-2")
            .replaceAll("(?m)^(DCGM_FI_DEV_(?:GPU_UTIL|FB_USED)\\{.*}) .*$", "$1 0"));
    pages.put(NODE, "node_load1 0\n");
    run = new FaultRun(TARGETS, "agents", "gpu");
    show();
    run.pass(Duration.ofMinutes(30));
    assertThat(run.firing()).isEmpty();
  }

  @AfterEach
  void close() throws Exception {
    run.close();
    rig.close();
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      for (String one : statements) {
        statement.execute(one);
      }
    }
  }

  /// Reads the fleet and scrapes everything.
  private void show() throws IOException {
    rig.read("postgresql");
    pages.put(PHAROS, FaultRun.page(rig.registry));
    run.show(pages);
  }

  @Test
  void agentsThatFallSilent_andAFleetThatCannotBeRead_areTold() throws Exception {
    execute("update machines set beat = now() - interval '5 min'");
    show();
    run.pass(Duration.ofMinutes(3));
    assertThat(run.firing()).containsExactly("AgentOffline");
    run.pass(Duration.ofMinutes(10));
    assertThat(run.firing()).containsExactlyInAnyOrder("AgentOffline", "AgentSilent");

    pages.remove(RENTED);
    show();
    run.pass(Duration.ofMinutes(7));
    assertThat(run.firing()).contains("GpuDriverHung", "GpuExporterDown");

    execute("drop table machines");
    show();
    run.pass(Duration.ofMinutes(12));
    assertThat(run.firing())
        .contains("FleetUnknown", "AgentOffline")
        .as("what can't be read is no news")
        .doesNotContain("GpuDriverHung");
  }

  @Test
  void unpaidWork_andIdleRentals_raiseAlerts() throws Exception {
    execute(
        "update machines set status = case status when 'idle' then 'allocated' else 'idle' end");
    show();
    run.pass(Duration.ofMinutes(12));
    assertThat(run.firing()).containsExactly("GpuBusyUnrented");
    run.pass(Duration.ofHours(3).plusMinutes(10), Duration.ofMinutes(2));
    assertThat(run.firing()).containsExactlyInAnyOrder("GpuBusyUnrented", "GpuIdleRented");
  }
}
