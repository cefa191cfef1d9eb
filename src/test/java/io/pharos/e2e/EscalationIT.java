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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A policy of three levels in the packaged program, over real sockets: the first level by mail,
/// the second one only by its second way, the process killed between the levels.
class EscalationIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path folder;

  private record Message(Instant at, String receiver, String status, String body) {}

  private final List<Message> messages = new CopyOnWriteArrayList<>();

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String receiver = exchange.getRequestURI().getPath().substring(1);
      String body = new String(exchange.getRequestBody().readAllBytes());
      if (receiver.equals("deputy-broken")) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      JsonNode json = JSON.readTree(body);
      messages.add(new Message(Instant.now(), receiver, json.path("status").asText(), body));
      exchange.sendResponseHeaders(200, -1);
    }
  }

  @Test
  void threeLevels_withAKillBetweenThem_areToldOnceEach_andAllOfTheEnd() throws Exception {
    HttpServer hooks =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    hooks.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    hooks.createContext("/", this::receive);
    hooks.start();
    try (var smtp = new ScriptedSmtp()) {
      configure(hooks.getAddress().getPort(), smtp.port());
      PharosProcess process = start();
      assertThat(process.post("/api/v2/alerts", alert("2035-01-01T00:00:00Z")).statusCode())
          .isEqualTo(200);
      var _ = process.await("the mail to lead", PATIENCE, () -> smtp.mails() == 1);
      process.awaitSent("lead-mail", PATIENCE);
      process.kill();
      process = start();
      var _ = process.await("the chat of deputy", PATIENCE, () -> count("deputy", "firing") == 1);
      process.awaitSent("deputy", PATIENCE);
      JsonNode onCall = JSON.readTree(process.get("/api/pharos/v1/oncall").body());
      assertThat(onCall.at("/escalations/0/policy").asText()).isEqualTo("pages");
      assertThat(onCall.at("/escalations/0/next/people/0").asText()).isEqualTo("boss");
      Instant due = Instant.parse(onCall.at("/escalations/0/next/at").asText());
      process.kill();
      process = start();
      Instant ready = Instant.now();
      var _ = process.await("boss", PATIENCE, () -> count("boss", "firing") == 1);
      Instant told = messages.getLast().at();
      System.out.printf(
          "boss was due %s after the restart and told %s after that%n",
          Duration.between(ready, due), Duration.between(due, told));
      assertThat(process.post("/api/v2/alerts", alert(Instant.now().toString())).statusCode())
          .isEqualTo(200);
      var _ =
          process.await(
              "the end",
              PATIENCE,
              () -> count("deputy", "resolved") + count("boss", "resolved") == 2);
      var _ = process.await("the mail about the end", PATIENCE, () -> smtp.mails() >= 2);
      assertThat(smtp.mails()).isEqualTo(2);
      assertThat(count("deputy", "firing")).isEqualTo(1);
      assertThat(count("boss", "firing")).isEqualTo(1);
      process.close();
    } finally {
      hooks.stop(0);
    }
  }

  private long count(String receiver, String status) {
    return messages.stream()
        .filter(it -> it.receiver().equals(receiver) && it.status().equals(status))
        .count();
  }

  private static String alert(String end) {
    return """
        [{"labels": {"alertname": "Down", "severity": "critical"}, "endsAt": "%s"}]
        """
        .formatted(end);
  }

  private void configure(int hooks, int smtp) throws IOException {
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: pages, group_by: [alertname], group_wait: 1s, group_interval: 5s}
        receivers:
          - name: pages
          - name: lead-mail
            email_configs:
              - {to: lead@example.com, from: pharos@example.com, smarthost: '127.0.0.1:%d', require_tls: false, send_resolved: true}
          - {name: deputy-broken, webhook_configs: [{url: 'http://127.0.0.1:%d/deputy-broken'}]}
          - {name: deputy, webhook_configs: [{url: 'http://127.0.0.1:%d/deputy'}]}
          - {name: boss, webhook_configs: [{url: 'http://127.0.0.1:%d/boss'}]}
        """
            .formatted(smtp, hooks, hooks, hooks));
    Files.writeString(
        folder.resolve("oncall.yml"),
        """
        people:
          - {name: lead, ways: [lead-mail]}
          - {name: deputy, ways: [deputy-broken, deputy]}
          - {name: boss, ways: [boss]}
        policies:
          - name: pages
            levels:
              - {people: [lead]}
              - {people: [deputy], after: 20s}
              - {people: [boss], after: 40s}
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
    return process;
  }
}
