package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.server.app.ScriptedSmtp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Shifts that begin in the packaged program, over real sockets: one while it runs, by mail, and
/// one while it is killed.
class ShiftNoticeIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final List<String> messages = new CopyOnWriteArrayList<>();

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode body = JSON.readTree(exchange.getRequestBody());
      messages.add(body.at("/alerts/0/annotations/title").asText());
      exchange.sendResponseHeaders(200, -1);
    }
  }

  @Test
  void shifts_areToldOnce_alsoOneThatBeganWhileTheProgramWasKilled() throws Exception {
    HttpServer hooks =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    hooks.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    hooks.createContext("/", this::receive);
    hooks.start();
    try (var smtp = new ScriptedSmtp()) {
      configure(hooks.getAddress().getPort(), smtp.port());
      PharosProcess process = start();
      Instant begin = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.SECONDS);
      override(process, "lead", begin, begin.plusSeconds(20));
      var _ = process.await("the mail to lead", PATIENCE, () -> smtp.mails() == 1);
      process.awaitSent("lead-mail", PATIENCE);
      process.kill();
      // The override ends while the program is away, so deputy has the rotation again.
      while (Instant.now().isBefore(begin.plusSeconds(20))) {
        Thread.sleep(500);
      }
      process = start();
      PharosProcess second = process;
      var _ = second.await("deputy", PATIENCE, () -> !messages.isEmpty());
      second.awaitSent("deputy", PATIENCE);
      process.kill();
      process = start();
      awaitLook(process);
      assertThat(smtp.mails()).isEqualTo(1);
      assertThat(messages).containsExactly("You are on call for backend");
      assertThat(JSON.readTree(process.get("/api/pharos/v1/episodes").body()).at("/episodes"))
          .isEmpty();
      process.close();
    } finally {
      hooks.stop(0);
    }
  }

  private static void override(PharosProcess process, String person, Instant from, Instant until)
      throws Exception {
    assertThat(
            process.send(
                "PUT",
                "/api/pharos/v1/oncall/overrides/o",
                "application/json",
                "{\"rotation\": \"backend\", \"person\": \"%s\", \"from\": \"%s\", \"until\": \"%s\"}"
                    .formatted(person, from, until)))
        .isBetween(200, 299);
  }

  private void configure(int hooks, int smtp) throws IOException {
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: pages}
        receivers:
          - name: pages
          - name: lead-mail
            email_configs:
              - {to: lead@example.com, from: pharos@example.com, smarthost: '127.0.0.1:%d', require_tls: false}
          - {name: deputy, webhook_configs: [{url: 'http://127.0.0.1:%d/deputy'}]}
        """
            .formatted(smtp, hooks));
    Files.writeString(
        folder.resolve("oncall.yml"),
        """
        people:
          - {name: lead, ways: [lead-mail], timezone: Europe/Berlin}
          - {name: deputy, ways: [deputy]}
        rotations:
          - name: backend
            timezone: Europe/Berlin
            layers: [{name: all, members: [deputy], start: 2026-01-05T09:00, handover: weekly}]
        """);
  }

  private PharosProcess start() throws Exception {
    int port = PharosProcess.freePort();
    PharosProcess process =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port,
            List.of(
                "serve",
                "--config.file=",
                "--probes.dir=",
                "--gates.dir=",
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port));
    var _ = process.await("being ready", PATIENCE, process::isReady);
    awaitLook(process);
    return process;
  }

  /* The first look remembers who has the rotation. */
  private static void awaitLook(PharosProcess process) throws Exception {
    Instant ready = Instant.now();
    var _ = process.await("a look at the shifts", PATIENCE, () -> lastLook(process).isAfter(ready));
  }

  private static Instant lastLook(PharosProcess process) {
    try {
      return process
          .get("/metrics")
          .body()
          .lines()
          .filter(
              line ->
                  line.startsWith("pharos_loop_last_run_timestamp_seconds")
                      && line.contains("\"shift-notices\""))
          .map(line -> Instant.ofEpochMilli((long) (1000 * Double.parseDouble(line.split(" ")[1]))))
          .findFirst()
          .orElse(Instant.EPOCH);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
