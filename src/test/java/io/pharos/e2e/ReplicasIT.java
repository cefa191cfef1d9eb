package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.state.TestingPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two replicas on one PostgreSQL share a storm; one is killed in the middle, and then the other.
class ReplicasIT {
  private static final int ALERTS = 300;

  @TempDir Path folder;

  @Test
  void oneKilledInAStorm_theOtherGoesOn_nothingIsLostOrDoubled() throws Exception {
    try (EmbeddedPostgres postgres = TestingPostgres.builder().start();
        var receiver = new StormReceiver()) {
      var storm = new Storm(receiver);
      Path configuration = storm.configuration(folder);
      String jdbc = postgres.getJdbcUrl("postgres", "postgres");
      var replicas = new ArrayList<PharosProcess>();
      try {
        replicas.add(start("one", configuration, jdbc));
        replicas.add(start("two", configuration, jdbc));
        var _ =
            replicas
                .get(1)
                .await(
                    "a fair share",
                    Duration.ofSeconds(30),
                    () -> shards(replicas.get(0)) == 32 && shards(replicas.get(1)) == 32);

        postAll(replicas, storm.bodies("A", 0, ALERTS, true), replicas.get(1));
        postAll(replicas, storm.bodies("B", 0, ALERTS, true), null);
        replicas.set(1, start("two", configuration, jdbc));
        storm.settle();
        postAll(replicas, storm.bodies("A", 0, ALERTS, false), replicas.get(0));

        String verdict = "2 replicas, 2 kills: " + storm.verdict();
        System.out.println(verdict);
        assertThat(receiver.missing(storm.expected()))
            .as(() -> verdict + "\n" + lastLines("one") + lastLines("two"))
            .isEmpty();
        assertThat(receiver.toldTwice()).as(verdict).isEmpty();
        assertThat(shards(replicas.get(1))).isEqualTo(64);
      } finally {
        replicas.forEach(PharosProcess::close);
      }
    }
  }

  /// Posts each body to one of the replicas, and to the other where that one does not take it.
  ///
  /// @param victim is killed in the middle
  private static void postAll(
      List<PharosProcess> replicas, List<String> bodies, @Nullable PharosProcess victim)
      throws Exception {
    for (int i = 0; i < bodies.size(); i++) {
      if (victim != null && i == bodies.size() / 2) {
        victim.kill();
      }
      String body = bodies.get(i);
      boolean taken =
          Storm.post(replicas.get(i % 2), body) || Storm.post(replicas.get((i + 1) % 2), body);
      assertThat(taken).isTrue();
    }
  }

  private String lastLines(String name) {
    try {
      List<String> lines = Files.readAllLines(folder.resolve(name + ".log"));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size())) + "\n";
    } catch (IOException e) {
      return name + ".log: " + e + "\n";
    }
  }

  private static int shards(PharosProcess process) {
    return process
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("pharos_shards_owned"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private PharosProcess start(String name, Path configuration, String jdbc) throws Exception {
    int port = PharosProcess.freePort();
    Path password = Files.writeString(folder.resolve("password"), "postgres");
    PharosProcess process =
        PharosProcess.start(
            folder.resolve(name + ".log"),
            "http://127.0.0.1:" + port,
            PharosProcess.serving(
                folder,
                port,
                "--notifications.file=" + configuration,
                "--storage.path=" + folder.resolve(name),
                "--jdbc.url=" + jdbc,
                "--jdbc.user=postgres",
                "--jdbc.password-file=" + password,
                "--replica.name=" + name));
    var _ = process.await("being ready", Duration.ofSeconds(60), process::isReady);
    return process;
  }
}
