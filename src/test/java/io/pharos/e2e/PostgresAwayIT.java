package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.state.TestingPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that is away, takes nothing, and comes back as another that knows less: pages leave
/// meanwhile, nothing ends by it, and nothing is told again.
@Tag("nightly")
class PostgresAwayIT {
  /* At night as long as a real outage; a lease ends after ten seconds in any case. */
  private static final Duration OUTAGE =
      Nightly.isOn() ? Duration.ofMinutes(10) : Duration.ofSeconds(15);

  private static final Duration SOON = Duration.ofSeconds(30);

  /// Longest time of a start, with or without a database, beside other tests.
  private static final Duration START = Duration.ofMinutes(3);

  @TempDir Path folder;
  private int port;
  private Path data;

  @Test
  void awayThenReadOnlyThenFailedOver_urgentAlertsAreTold_nothingIsLostOrDoubled()
      throws Exception {
    port = PharosProcess.freePort();
    data = folder.resolve("postgres");
    EmbeddedPostgres postgres = database();
    try (var receiver = new StormReceiver()) {
      var storm = new Storm(receiver);
      Path configuration = storm.configuration(folder);
      PharosProcess pharos = start(configuration);
      try {
        post(pharos, "Before", "critical", true);
        told(pharos, receiver, "firing Before");

        postgres.close();
        post(pharos, "Away", "critical", true);
        told(pharos, receiver, "firing Away");
        notReady(pharos);
        post(pharos, "Minor", "warning", true);
        post(pharos, "Before", "critical", false);
        Thread.sleep(OUTAGE);
        Path older = copy(data);

        postgres = database();
        var _ = pharos.await("being ready again", SOON, pharos::isReady);
        told(pharos, receiver, "firing Minor");
        told(pharos, receiver, "resolved Before");

        set(postgres, "on");
        post(pharos, "ReadOnly", "critical", true);
        told(pharos, receiver, "firing ReadOnly");
        notReady(pharos);
        set(postgres, "off");
        var _ = pharos.await("being ready again", SOON, pharos::isReady);

        signal("STOP");
        post(pharos, "Hanging", "critical", true);
        told(pharos, receiver, "firing Hanging");
        notReady(pharos);
        signal("CONT");
        var _ = pharos.await("being ready again", SOON, pharos::isReady);

        pharos.kill();
        pharos = start(configuration);
        Thread.sleep(5_000);
        assertThat(receiver.toldTwice()).isEmpty();

        postgres.close();
        data = older;
        postgres = database();
        var _ = pharos.await("being ready again", SOON, pharos::isReady);
        post(pharos, "FailedOver", "critical", true);
        told(pharos, receiver, "firing FailedOver");
        Thread.sleep(5_000);

        /* What the standby never heard of may be told again, and only that. */
        assertThat(receiver.toldTwice())
            .allMatch(told -> !told.contains(" Before") && !told.contains(" FailedOver"));
        assertThat(
                receiver.missing(
                    Set.of(
                        "resolved Away",
                        "resolved Minor",
                        "resolved ReadOnly",
                        "resolved Hanging")))
            .as("of what still fires nothing may be said to be over")
            .hasSize(4);
      } finally {
        pharos.close();
      }
    } finally {
      postgres.close();
    }
  }

  @Test
  void awayAtTheStart_isWaitedFor_urgentAlertsAreTold_nothingIsLostOrDoubled() throws Exception {
    port = PharosProcess.freePort();
    data = folder.resolve("postgres");
    EmbeddedPostgres postgres = database();
    try (var receiver = new StormReceiver()) {
      Path configuration = new Storm(receiver).configuration(folder);
      PharosProcess pharos = start(configuration);
      try {
        post(pharos, "Known", "warning", true);
        told(pharos, receiver, "firing Known");
        assertThat(silence(pharos, "Muted")).isEqualTo(200);
        post(pharos, "Muted", "warning", true);
        postgres.close();
        pharos.kill();

        pharos = begin(configuration, "postgres");
        notReady(pharos);
        assertThat(pharos.get("/-/healthy").statusCode()).isEqualTo(200);
        assertThat(pharos.get("/api/v2/silences").statusCode()).isEqualTo(503);
        assertThat(silence(pharos, "Late")).isEqualTo(503);
        post(pharos, "Urgent", "critical", true);
        told(pharos, receiver, "firing Urgent");
        post(pharos, "Minor", "warning", true);
        post(pharos, "Known", "warning", true);
        var _ =
            pharos.await(
                "the page on its own trouble",
                Duration.ofMinutes(1),
                () -> receiver.told().contains("firing PharosInTrouble"));

        postgres = database();
        var _ = pharos.await("being ready", START, pharos::isReady);
        told(pharos, receiver, "firing Minor");
        assertThat(pharos.get("/api/v2/silences").body()).contains("Muted");
        Thread.sleep(5_000);
        assertThat(receiver.toldTwice()).isEmpty();
        assertThat(receiver.states())
            .as("nothing that is muted, nothing that still fires as over")
            .containsExactlyInAnyOrder(
                "firing Known", "firing Urgent", "firing Minor", "firing PharosInTrouble");
      } finally {
        pharos.close();
      }
    } finally {
      postgres.close();
    }
  }

  /* On a new database: all of the schema is made late. */
  @Test
  void emptyDatabaseThatComesLate_isMigrated_refusalAtTheStartEndsIt() throws Exception {
    port = PharosProcess.freePort();
    data = folder.resolve("postgres");
    try (var receiver = new StormReceiver()) {
      Path configuration = new Storm(receiver).configuration(folder);
      try (PharosProcess pharos = begin(configuration, "postgres")) {
        notReady(pharos);
        try (EmbeddedPostgres _ = database()) {
          var _ = pharos.await("being ready", START, pharos::isReady);
          post(pharos, "Minor", "warning", true);
          told(pharos, receiver, "firing Minor");

          try (PharosProcess other = begin(configuration, "nobody")) {
            var _ = other.await("its end", SOON, () -> !other.isAlive());
            assertThat(other.log())
                .contains("not started")
                .contains("127.0.0.1:" + port + "/nobody")
                .contains("database \"nobody\" does not exist")
                .doesNotContain("\tat ");
          }
        }
      }
    }
  }

  private static int silence(PharosProcess pharos, String name) throws Exception {
    Instant now = Instant.now();
    return pharos
        .post(
            "/api/v2/silences",
            """
            {"matchers":[{"name":"alertname","value":"%s","isRegex":false,"isEqual":true}],
             "startsAt":"%s","endsAt":"%s","createdBy":"test","comment":"test"}
            """
                .formatted(name, now, now.plusSeconds(3600)))
        .statusCode();
  }

  private EmbeddedPostgres database() throws IOException {
    return TestingPostgres.builder()
        .setPort(port)
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .start();
  }

  private static void notReady(PharosProcess pharos) throws Exception {
    var _ =
        pharos.await("saying that nothing is stored", START, () -> saysThatNothingIsStored(pharos));
  }

  private static boolean saysThatNothingIsStored(PharosProcess pharos) {
    try {
      return pharos.get("/-/ready").statusCode() == 503
          && pharos.get("/-/ready").body().contains("database can't be written");
    } catch (IllegalStateException _) { // nobody listens yet
      return false;
    }
  }

  /* To all processes of the server, as a machine that hangs. */
  private void signal(String name) throws Exception {
    long parent = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst());
    ProcessHandle server = ProcessHandle.of(parent).orElseThrow();
    for (ProcessHandle process : Stream.concat(server.descendants(), Stream.of(server)).toList()) {
      int _ = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
    }
  }

  /* What a standby had that was some time behind. */
  private Path copy(Path from) throws IOException {
    Path to = folder.resolve("standby");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(
            file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return to;
  }

  private static void set(EmbeddedPostgres postgres, String readOnly) throws Exception {
    try (var connection = postgres.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("set default_transaction_read_only = off");
      statement.execute("alter system set default_transaction_read_only = " + readOnly);
      statement.execute("select pg_reload_conf()");
    }
  }

  private static void told(PharosProcess pharos, StormReceiver receiver, String state)
      throws Exception {
    var _ =
        pharos.await("the message " + state, SOON, () -> receiver.missing(Set.of(state)).isEmpty());
  }

  /* As a Prometheus does: until it is taken. */
  private static void post(PharosProcess pharos, String name, String severity, boolean firing)
      throws Exception {
    Instant now = Instant.now();
    String body =
        """
        [{"labels":{"alertname":"%s","severity":"%s"},%s"endsAt":"%s"}]
        """
            .formatted(
                name,
                severity,
                firing ? "\"startsAt\":\"" + now + "\"," : "",
                firing ? now.plusSeconds(3600) : now);
    var _ = pharos.await("taking " + name, SOON, () -> Storm.post(pharos, body));
  }

  private PharosProcess start(Path configuration) throws Exception {
    PharosProcess process = begin(configuration, "postgres");
    var _ = process.await("being ready", START, process::isReady);
    return process;
  }

  private PharosProcess begin(Path configuration, String database) throws Exception {
    int web = PharosProcess.freePort();
    Path password = Files.writeString(folder.resolve("password"), "postgres");
    return PharosProcess.start(
        folder.resolve(database + ".log"),
        "http://127.0.0.1:" + web,
        PharosProcess.serving(
            folder,
            web,
            "--notifications.file=" + configuration,
            "--storage.path=" + folder.resolve("own"),
            "--jdbc.url=jdbc:postgresql://127.0.0.1:" + port + "/" + database,
            "--jdbc.user=postgres",
            "--jdbc.password-file=" + password));
  }
}
