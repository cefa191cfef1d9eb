package io.pharos.state.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.deployment.Deployment;
import io.pharos.state.GateStoreContract;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import io.pharos.trouble.DamagedData;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An embedded database is complete at each moment of its first start and of an upgrade: Pharos can
/// start with whatever a killed process leaves.
class SchemaTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  private static final int MAX_IMAGES = 12;

  @TempDir Path folder;

  @Test
  void killedAtAnyMomentOfTheFirstStart_startsAgain() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    int taken = imagesWhile(own, () -> openAndClose(eager(own)));

    assertThat(taken).isPositive();
    for (int i = 0; i < taken; i++) {
      try (Store store = Store.open(new StoreConfig.Embedded(image(i)))) {
        assertThat(deployed(store)).as("image %d", i).isZero();
        deploy(store, "new");
      }
    }
  }

  @Test
  void killedAtAnyMomentOfAnUpgrade_keepsWhatItHad() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    DatabaseConfig config = eager(own);
    migrateTo("2", config);
    try (var connection =
            DriverManager.getConnection(config.jdbcUrl(), config.user(), config.password());
        var statement = connection.createStatement()) {
      statement.execute("create table kept (number int)");
      statement.execute("insert into kept values (7)");
    }

    int taken = imagesWhile(own, () -> openAndClose(config));

    assertThat(taken).isPositive();
    for (int i = 0; i < taken; i++) {
      DatabaseConfig image = DatabaseConfig.in(image(i));
      try (Store store = Store.open(new StoreConfig.Embedded(image(i)))) {
        deploy(store, "new");
        assertThat(deployed(store)).as("image %d", i).isOne();
      }
      try (var connection = DriverManager.getConnection(image.jdbcUrl(), image.user(), "");
          var statement = connection.createStatement();
          var rows = statement.executeQuery("select number from kept")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(7);
      }
    }
  }

  @Test
  void wholeDatabase_leavesNoDraft() throws Exception {
    Files.writeString(folder.resolve("pharos-draft.mv.db"), "of a start that was killed");
    Store.open(new StoreConfig.Embedded(folder)).close();
    assertThat(folder.resolve("pharos-draft.mv.db")).doesNotExist();
    assertThat(folder.resolve("pharos.mv.db")).exists();
  }

  /* H2 writes at each commit instead of once in ten seconds, so that images show each step. */
  private static DatabaseConfig eager(Path folder) {
    DatabaseConfig usual = DatabaseConfig.in(folder);
    return new DatabaseConfig(
        Dialect.H2,
        usual.jdbcUrl().replace("WRITE_DELAY=10000", "WRITE_DELAY=0"),
        usual.user(),
        "",
        usual.embedded());
  }

  private static void openAndClose(DatabaseConfig config) {
    Database.open(config, new DamagedData(InstantSource.system(), new SimpleMeterRegistry()))
        .close();
  }

  private static void migrateTo(String version, DatabaseConfig config) {
    var _ =
        Flyway.configure()
            .dataSource(config.jdbcUrl(), config.user(), config.password())
            .locations("classpath:db/migration")
            .target(version)
            .load()
            .migrate();
  }

  private static void deploy(Store store, String key) {
    var _ =
        store.deployments().put(Deployment.begin(GateStoreContract.announcement(key, "v1"), T0));
  }

  private static int deployed(Store store) {
    return store.deployments().newest("", "", 10).size();
  }

  private Path image(int number) {
    return folder.resolve("images").resolve(String.valueOf(number));
  }

  /* Repeated images of the disk during an action, as kills would leave them. */
  private int imagesWhile(Path source, Runnable work) throws Exception {
    Thread worker = Thread.ofPlatform().start(work);
    int taken = 0;
    Map<String, Integer> last = Map.of();
    while (worker.isAlive()) {
      Map<String, byte[]> now = new TreeMap<>();
      try (var files = Files.list(source)) {
        for (Path file : files.filter(it -> it.toString().endsWith(".mv.db")).toList()) {
          now.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
      } catch (NoSuchFileException _) {
        continue; // it vanished in between; the next round sees the new state
      }
      Map<String, Integer> hashes = new TreeMap<>();
      now.forEach((name, bytes) -> hashes.put(name, Arrays.hashCode(bytes)));
      if (!hashes.equals(last) && taken < MAX_IMAGES) {
        Path image = Files.createDirectories(image(taken++));
        for (Map.Entry<String, byte[]> file : now.entrySet()) {
          Files.write(image.resolve(file.getKey()), file.getValue());
        }
        last = hashes;
        Thread.sleep(20);
      }
    }
    worker.join();
    return taken;
  }
}
