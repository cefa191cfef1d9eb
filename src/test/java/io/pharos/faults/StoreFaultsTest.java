package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.state.TestingPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on Redis and PostgreSQL, raised by the servers and Debian's exporters.
@Tag("peer")
@Timeout(120)
class StoreFaultsTest {
  @TempDir Path folder;

  private LivePrograms programs;

  @BeforeEach
  void begin() {
    programs = new LivePrograms(folder);
  }

  @AfterEach
  void close() {
    programs.close();
  }

  @Test
  void redis_outOfMemoryConnectionsAndDisk_isTold() throws Exception {
    LivePrograms.need("redis-server", "prometheus-redis-exporter");
    Path dumps = Files.createDirectory(folder.resolve("dumps"));
    int port = LivePrograms.freePort();
    programs.start(
        "redis",
        Map.of(),
        "redis-server",
        "--port",
        "" + port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        dumps.toString(),
        "--maxmemory",
        "8mb",
        "--maxclients",
        "20");
    programs.export(
        "redis-exporter",
        Map.of(),
        "prometheus-redis-exporter",
        "--redis.addr=redis://127.0.0.1:" + port,
        "--web.listen-address=");
    Map<String, String> healthy = programs.pagesWith("redis_up 1");
    try (var run = new FaultRun(programs.targets(), "redis")) {
      run.show(healthy);
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing()).isEmpty();

      var commands = new ArrayList<String>();
      commands.add("CONFIG SET maxmemory-policy allkeys-lru");
      String value = "x".repeat(10_000);
      for (int i = 0; i < 2000; i++) {
        commands.add("SET k" + i + " " + value);
      }
      commands.add("QUIT");
      var _ = LivePrograms.say(port, commands.toArray(String[]::new));
      Files.delete(dumps);
      var _ = LivePrograms.say(port, "BGSAVE", "QUIT");
      crowd(port);
      run.show(
          programs.pagesWith("redis_rdb_last_bgsave_status 0", "redis_rdb_bgsave_in_progress 0"));
      var raised = new TreeSet<String>();
      for (int minute = 0; minute < 12; minute++) {
        run.pass(Duration.ofMinutes(1));
        raised.addAll(run.firing());
      }
      assertThat(raised)
          .containsExactlyInAnyOrder(
              "RedisMemoryHigh", "RedisEvicting", "RedisRejecting", "RedisNotSaving");

      programs.stop("redis");
      run.show(programs.pagesWith("redis_up 0"));
      run.pass(Duration.ofMinutes(2));
      assertThat(run.firing()).contains("RedisDown");
    }
  }

  /* More clients than there may be. */
  private static void crowd(int port) throws IOException {
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 30; i++) {
        sockets.add(new Socket("127.0.0.1", port));
      }
      // The last ones are told so, or cut off.
      sockets.getLast().setSoTimeout(10_000);
      assertThat(
              new String(
                  sockets.getLast().getInputStream().readNBytes(4), StandardCharsets.US_ASCII))
          .startsWith("-ERR");
    } finally {
      for (var socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void postgres_fullDeadlockedAndRestarted_isTold() throws Exception {
    LivePrograms.need("prometheus-postgres-exporter");
    Path data = folder.resolve("data");
    EmbeddedPostgres server = postgres(0, data);
    try {
      int port = server.getPort();
      programs.export(
          "postgres-exporter",
          Map.of(
              "DATA_SOURCE_NAME",
              "postgresql://postgres:postgres@127.0.0.1:%d/postgres?sslmode=disable"
                  .formatted(port)),
          "prometheus-postgres-exporter",
          "--collector.postmaster",
          "--web.listen-address=");
      Map<String, String> healthy = programs.pagesWith("pg_up 1");
      // PostgreSQL's clock can't be virtual: a transaction is stuck after a second here.
      try (var run =
          new FaultRun(
              programs.targets(), List.of("postgres"), text -> text.replace("> 300", "> 1"))) {
        run.show(healthy);
        run.pass(Duration.ofMinutes(10));
        assertThat(run.firing()).isEmpty();

        var held = new ArrayList<Connection>();
        try {
          deadlocks(server, 7);
          for (int i = 0; i < 57; i++) {
            Connection connection = server.getPostgresDatabase().getConnection();
            held.add(connection);
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
              statement.execute("select 1");
            }
          }
          run.show(
              programs.pagesAs(
                  "a transaction that is idle for more than a second, and deadlocks",
                  pages ->
                      LivePrograms.value(pages, "pg_stat_activity_max_tx_duration{") > 1
                          && LivePrograms.value(pages, "pg_stat_database_deadlocks{") >= 7));
          run.pass(Duration.ofMinutes(8));
          assertThat(run.firing())
              .containsExactlyInAnyOrder(
                  "PostgresConnectionsHigh",
                  "PostgresConnectionsFull",
                  "PostgresTransactionStuck",
                  "PostgresDeadlocks");
        } finally {
          for (Connection connection : held) {
            connection.close();
          }
        }

        server.close();
        run.show(programs.pagesWith("pg_up 0"));
        run.pass(Duration.ofMinutes(2));
        assertThat(run.firing()).contains("PostgresDown");

        server = postgres(port, data);
        run.show(programs.pagesWith("pg_up 1"));
        run.pass(Duration.ofMinutes(1));
        assertThat(run.firing()).contains("PostgresRestarted").doesNotContain("PostgresDown");
      }
    } finally {
      server.close();
    }
  }

  private static EmbeddedPostgres postgres(int port, Path data) throws IOException {
    var builder =
        TestingPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setServerConfig("max_connections", "60")
            .setServerConfig("superuser_reserved_connections", "0")
            .setServerConfig("reserved_connections", "0")
            .setServerConfig("deadlock_timeout", "10ms");
    return port == 0 ? builder.start() : builder.setPort(port).start();
  }

  /// Two transactions that each want what the other holds, that often.
  private static void deadlocks(EmbeddedPostgres server, int count) throws Exception {
    try (Connection first = server.getPostgresDatabase().getConnection();
        Connection second = server.getPostgresDatabase().getConnection();
        ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      execute(first, "create table a (n int)");
      execute(first, "create table b (n int)");
      first.setAutoCommit(false);
      second.setAutoCommit(false);
      for (int i = 0; i < count; i++) {
        var both = new CountDownLatch(2);
        Future<Boolean> one = workers.submit(lockBoth(first, "a", "b", both));
        Future<Boolean> other = workers.submit(lockBoth(second, "b", "a", both));
        assertThat(one.get()).as("one of them is a victim").isNotEqualTo(other.get());
      }
    }
  }

  /// Whether it got both.
  private static Callable<Boolean> lockBoth(
      Connection connection, String first, String second, CountDownLatch both) {
    return () -> {
      execute(connection, "lock table " + first);
      both.countDown();
      both.await();
      try {
        execute(connection, "lock table " + second);
        return true;
      } catch (SQLException e) {
        assertThat(e.getMessage()).contains("deadlock detected");
        return false;
      } finally {
        connection.rollback();
      }
    };
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
