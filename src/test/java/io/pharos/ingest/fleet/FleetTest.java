package io.pharos.ingest.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.pharos.state.TestingPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The fleet with a real PostgreSQL and a real Redis.
@Tag("peer")
class FleetTest {
  private static TestingPostgres postgresql;

  @TempDir Path directory;

  private final FleetRig rig = new FleetRig();

  @BeforeAll
  static void begin() throws IOException {
    postgresql = TestingPostgres.start();
  }

  @AfterAll
  static void end() throws IOException {
    postgresql.close();
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private static void run(TestingPostgres postgres, String... statements) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      for (String one : statements) {
        statement.execute(one);
      }
    }
  }

  /// The parts of RemoteGPU's tables that the queries need.
  private TestingPostgres remoteGpu() throws Exception {
    TestingPostgres postgres = postgresql;
    postgres.empty();
    run(
        postgres,
        "create table hosts (id varchar(64) primary key, allocation_status varchar(20),"
            + " device_status varchar(20), last_heartbeat timestamptz)",
        "create table host_metrics (id bigserial primary key, host_id varchar(255) not null,"
            + " cpu_usage_percent decimal(5,2), memory_usage_percent decimal(5,2),"
            + " disk_usage_percent decimal(5,2), memory_used_gb bigint,"
            + " collected_at timestamp not null)",
        "create table gpus (id bigserial primary key, host_id varchar(64), index int,"
            + " status varchar(20))",
        "insert into hosts values ('a', 'allocated', 'offline', now() - interval '1 h'),"
            + " ('b', 'idle', 'online', now()), ('c', 'maintenance', 'offline', null),"
            + " ('d', 'idle', 'online', now())",
        "insert into gpus (host_id, index, status) values ('a', 0, 'allocated'),"
            + " ('a', 1, 'allocated'), ('b', 0, 'available'), ('b', 1, 'error'),"
            + " ('c', 0, 'available')",
        beat("a", 20),
        beat("a", 900),
        beat("b", 400),
        // A row invented by the backend's collector, and a real one with unknown memory.
        "insert into host_metrics (host_id, cpu_usage_percent, memory_usage_percent,"
            + " disk_usage_percent, collected_at) values ('b', 45.5, 60.2, 35.8,"
            + " now() at time zone 'Asia/Shanghai'), ('d', null, 50, 50,"
            + " now() at time zone 'Asia/Shanghai' - interval '30 s')");
    return postgres;
  }

  /// A row as written by a backend in Shanghai's time zone.
  private static String beat(String host, int secondsAgo) {
    return "insert into host_metrics (host_id, cpu_usage_percent, memory_usage_percent,"
        + " disk_usage_percent, memory_used_gb, collected_at) values ('%s', 10, 20, 30, 4,"
            .formatted(host)
        + " now() at time zone 'Asia/Shanghai' - interval '%d s')".formatted(secondsAgo);
  }

  private String config(TestingPostgres postgres, String more) throws IOException {
    Path password = directory.resolve("password");
    Files.writeString(password, postgres.config().password() + "\n");
    return "postgresql: {url: '%s', username: %s, password_file: %s, time_zone: Asia/Shanghai%s}\n"
        .formatted(
            postgres.config().jdbcUrl().replaceAll("[?].*", ""),
            postgres.config().user(),
            password,
            more);
  }

  @Test
  void postgresql_isReadByTheBeatsOwnTimes() throws Exception {
    TestingPostgres postgres = remoteGpu();
    rig.fleet(config(postgres, ""), directory);
    assertThat(rig.values("pharos_fleet_up")).containsExactly(Map.entry("postgresql", 0.0));

    rig.read("postgresql");

    assertThat(rig.values("pharos_fleet_up")).containsExactly(Map.entry("postgresql", 1.0));
    Map<String, Double> ages = rig.ages();
    assertThat(ages).containsOnlyKeys("a", "b", "d");
    assertThat(ages.get("a")).as("whatever device_status says").isCloseTo(20, within(5.0));
    assertThat(ages.get("b")).as("without the made-up row").isCloseTo(400, within(5.0));
    assertThat(ages.get("d")).isCloseTo(30, within(5.0));
    assertThat(rig.values("pharos_agent_expected"))
        .isEqualTo(Map.of("a", 1.0, "b", 1.0, "c", 0.0, "d", 1.0));
    assertThat(rig.values("pharos_machine_allocation"))
        .containsOnlyKeys("a allocated", "b idle", "c maintenance", "d idle");
    assertThat(rig.values("pharos_gpus"))
        .isEqualTo(Map.of("a rented", 2.0, "b idle", 1.0, "b unknown", 1.0, "c maintenance", 1.0));
    assertThat(rig.values("pharos_fleet_clock_skew_seconds").get("postgresql"))
        .isCloseTo(0, within(30.0));

    rig.pass(Duration.ofSeconds(10));
    assertThat(rig.ages().get("a")).isCloseTo(ages.get("a") + 10, within(0.01));
  }

  @Test
  void postgresql_thatIsAway_isUnknown_andNoAgeGrows() throws Exception {
    TestingPostgres postgres = remoteGpu();
    rig.fleet(config(postgres, ""), directory);
    rig.read("postgresql");
    assertThat(rig.ages()).hasSize(3);

    run(postgres, "alter table host_metrics rename to elsewhere");
    rig.read("postgresql");

    assertThat(rig.values("pharos_fleet_up")).containsExactly(Map.entry("postgresql", 0.0));
    for (String metric :
        List.of(
            "pharos_agent_heartbeat_age_seconds",
            "pharos_agent_expected",
            "pharos_machine_allocation",
            "pharos_gpus")) {
      assertThat(rig.values(metric)).as(metric).isEmpty();
    }
    assertThat(rig.registry.get("pharos_fleet_reads").tag("outcome", "failed").counter().count())
        .isEqualTo(1);

    run(postgres, "alter table elsewhere rename to host_metrics");
    rig.read("postgresql");
    assertThat(rig.values("pharos_fleet_up")).containsExactly(Map.entry("postgresql", 1.0));
    assertThat(rig.ages()).hasSize(3);
  }

  @Test
  void postgresql_whoseReadingStandsStill_isUnknownAfterFourIntervals() throws Exception {
    rig.fleet(config(remoteGpu(), ""), directory);
    rig.read("postgresql");
    rig.pass(Duration.ofSeconds(61));
    assertThat(rig.values("pharos_fleet_up").get("postgresql")).isZero();
    assertThat(rig.ages().get("a")).isNaN();
  }

  @Test
  void postgresql_changesNothing_andEndsInTime() throws Exception {
    TestingPostgres postgres = remoteGpu();
    var writing =
        new PostgresqlSource(
            FleetFile.parse(
                    "fleet.yml",
                    config(
                        postgres,
                        ", timeout: 1s, gpus: '', machines: \"with gone as (delete from hosts"
                            + " returning id) select id as host, '' as status, null as beat from"
                            + " gone\""),
                    directory)
                .postgresql()
                .orElseThrow(),
            10);
    assertUnreadable(writing, "0A000");
    var calling =
        new PostgresqlSource(
            FleetFile.parse(
                    "fleet.yml",
                    config(
                        postgres,
                        ", timeout: 1s, gpus: '', machines: \"select setval('gpus_id_seq', 1)::text"
                            + " as host, '' as status, null as beat\""),
                    directory)
                .postgresql()
                .orElseThrow(),
            10);
    assertUnreadable(calling, "read-only transaction");
    var slow =
        new PostgresqlSource(
            FleetFile.parse(
                    "fleet.yml",
                    config(
                        postgres,
                        ", timeout: 1s, gpus: '', machines: \"select pg_sleep(30)::text as host, ''"
                            + " as status, null as beat\""),
                    directory)
                .postgresql()
                .orElseThrow(),
            10);
    assertUnreadable(slow, "statement timeout");
  }

  private void assertUnreadable(PostgresqlSource source, String reason) {
    rig.keep(source);
    assertThat(catchThrowable(source::read))
        .isInstanceOf(FleetReading.Unreadable.class)
        .hasMessageContaining(reason);
  }

  @Test
  void hosts_beyondTheBound_areCounted() throws Exception {
    rig.fleet("max_hosts: 2\n" + config(remoteGpu(), ""), directory);
    rig.read("postgresql");
    assertThat(rig.values("pharos_machine_allocation")).containsOnlyKeys("a allocated", "b idle");
    assertThat(rig.values("pharos_fleet_hosts_left_out").get("postgresql")).isEqualTo(1);
  }

  private static String status(Instant beat) {
    return "{\"host_id\":\"x\",\"device_status\":\"online\",\"last_heartbeat\":\"%s\"}"
        .formatted(beat);
  }

  @Test
  void redis_isReadByTheBeatsOwnTimes_andAKeyThatEndsIsRemembered() throws Exception {
    RealRedis redis = rig.keep(RealRedis.start("s3cret"));
    Path password = directory.resolve("redis");
    Files.writeString(password, "s3cret");
    redis.ask("SET", "host:status:a", status(Instant.now().minusSeconds(40)));
    redis.ask(
        "SET", "host:status:b", "{\"last_heartbeat\":" + Instant.now().getEpochSecond() + "}");
    redis.ask("SET", "session:1", "no JSON");
    rig.fleet(
        "redis: {address: '127.0.0.1:%d', password_file: %s}".formatted(redis.port(), password),
        directory);

    rig.read("redis");

    Map<String, Double> ages = rig.ages();
    assertThat(ages).containsOnlyKeys("a", "b");
    assertThat(ages.get("a")).isCloseTo(40, within(5.0));
    assertThat(ages.get("b")).isCloseTo(0, within(5.0));

    redis.ask("DEL", "host:status:a");
    rig.pass(Duration.ofSeconds(15));
    rig.read("redis");
    assertThat(rig.values("pharos_fleet_up").get("redis")).isEqualTo(1);
    assertThat(rig.ages().get("a")).isGreaterThan(35);

    redis.stop();
    rig.read("redis");
    assertThat(rig.values("pharos_fleet_up").get("redis")).isZero();
    assertThat(rig.ages()).isEmpty();
  }

  @Test
  void redis_thatRefusesThePassword_isUnknown_andTheErrorShowsNone() throws Exception {
    RealRedis redis = rig.keep(RealRedis.start("s3cret"));
    Path password = directory.resolve("redis");
    Files.writeString(password, "wr0ng");
    var source =
        new RedisSource(
            FleetFile.parse(
                    "fleet.yml",
                    "redis: {address: '127.0.0.1:%d', password_file: %s}"
                        .formatted(redis.port(), password),
                    directory)
                .redis()
                .orElseThrow(),
            10);
    assertThat(catchThrowable(source::read))
        .isInstanceOf(FleetReading.Unreadable.class)
        .hasMessageContaining("AUTH is rejected: WRONGPASS")
        .hasMessageNotContaining("wr0ng");
  }

  @Test
  void oneStoreAway_leavesWhatTheOtherKnows() throws Exception {
    RealRedis redis = rig.keep(RealRedis.start(""));
    redis.ask("SET", "host:status:a", status(Instant.now().minusSeconds(5)));
    redis.ask("SET", "host:status:gone", status(Instant.now()));
    TestingPostgres postgres = remoteGpu();
    rig.fleet(
        config(postgres, "") + "redis: {address: '127.0.0.1:%d'}\n".formatted(redis.port()),
        directory);
    rig.read("postgresql");
    rig.read("redis");
    Map<String, Double> ages = rig.ages();
    assertThat(ages).as("without hosts that are none any more").containsOnlyKeys("a", "b", "d");
    assertThat(ages.get("a")).as("the newest").isCloseTo(5, within(4.0));

    redis.stop();
    rig.read("redis");
    assertThat(rig.values("pharos_fleet_up")).isEqualTo(Map.of("postgresql", 1.0, "redis", 0.0));
    assertThat(rig.ages().get("a")).isCloseTo(20, within(5.0));
  }

  @Test
  void beatsFromTheFuture_areAsOldAsTheyAreKnown() throws Exception {
    TestingPostgres postgres = remoteGpu();
    run(postgres, "delete from host_metrics", beat("a", -7200));
    rig.fleet(config(postgres, ""), directory);
    rig.read("postgresql");
    assertThat(rig.ages().get("a")).isZero();
    assertThat(rig.values("pharos_agent_clock_skew_seconds").get("a")).isCloseTo(7200, within(5.0));
    for (int i = 0; i < 20; i++) {
      rig.pass(Duration.ofSeconds(15));
      rig.read("postgresql");
    }
    assertThat(rig.ages().get("a")).isEqualTo(300);
  }

  private PostgresqlSource source(String machines, String gpus, int maxHosts) throws Exception {
    return rig.keep(
        new PostgresqlSource(
            FleetFile.parse(
                    "fleet.yml",
                    config(postgresql, ", machines: \"" + machines + "\", gpus: \"" + gpus + "\""),
                    directory)
                .postgresql()
                .orElseThrow(),
            maxHosts));
  }

  private static String rows(String columns, String... rows) {
    return "select * from (values (" + String.join("), (", rows) + ")) it(" + columns + ")";
  }

  @Test
  void postgresql_rowsThatNameNoHost_areLeftOut_andOddStatusesUnknown() throws Exception {
    FleetReading reading =
        source(
                rows(
                    "host, status, beat",
                    "'a', null, now()",
                    "'b', '', null",
                    "'c', repeat('x', 129), null",
                    "'d', 'idle', null",
                    "null, 'idle', now()",
                    "' ', 'idle', now()",
                    "repeat('x', 129), 'idle', now()"),
                rows(
                    "host, state, count",
                    "'a', 'rented', 2",
                    "'a', null, 1",
                    "null, 'idle', 7",
                    "'elsewhere', 'idle', 7"),
                10)
            .read();
    assertThat(reading.machines())
        .contains(Map.of("a", "unknown", "b", "unknown", "c", "unknown", "d", "idle"));
    assertThat(reading.leftOut()).isEqualTo(3);
    assertThat(reading.beats()).containsOnlyKeys("a");
    assertThat(reading.gpus())
        .containsExactlyInAnyOrder(
            new FleetReading.GpuCount("a", FleetReading.GpuState.of("rented"), 2),
            new FleetReading.GpuCount("a", FleetReading.GpuState.of("?"), 1));
  }

  @Test
  void postgresql_hostThatIsThereTwice_cannotBeRead() throws Exception {
    PostgresqlSource source =
        source(rows("host, status, beat", "'a', 'idle', now()", "'a', 'idle', now()"), "", 10);
    assertUnreadable(source, "returned a host twice, expected one row per host");
  }

  @Test
  void postgresql_withoutGpus_readsMachinesAlone() throws Exception {
    FleetReading reading =
        source(rows("host, status, beat", "'a', 'idle', now()", "'b', 'idle', now()"), "", 1)
            .read();
    assertThat(reading.machines()).contains(Map.of("a", "idle"));
    assertThat(reading.leftOut()).isEqualTo(1);
    assertThat(reading.gpus()).isEmpty();
  }

  @Test
  void postgresql_whosePasswordFileIsMissing_cannotBeRead_untilItIsThere() throws Exception {
    PostgresqlSource source = source(rows("host, status, beat", "'a', 'idle', now()"), "", 10);
    Path password = directory.resolve("password");
    String text = Files.readString(password);
    Files.delete(password);
    assertUnreadable(source, password.toString());
    Files.writeString(password, text);
    assertThat(source.read().machines()).contains(Map.of("a", "idle"));
  }

  @Test
  void postgresql_thatEndsTheSession_isReadAgainByAnother() throws Exception {
    PostgresqlSource source = source(rows("host, status, beat", "'a', 'idle', now()"), "", 10);
    source.read();
    run(
        postgresql,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name ="
            + " 'pharos fleet'");
    assertUnreadable(source, "57P01");
    assertThat(source.read().machines()).contains(Map.of("a", "idle"));
  }
}
