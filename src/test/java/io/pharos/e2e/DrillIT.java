package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.server.app.ScriptedSmtp;
import io.pharos.state.TestingPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A fire drill of three levels in the packaged program, over real sockets: the first level by
/// mail, the second one only by its second way, the process killed in between.
class DrillIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final List<String> messages = new CopyOnWriteArrayList<>();

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String receiver = exchange.getRequestURI().getPath().substring(1);
      JsonNode body = JSON.readTree(exchange.getRequestBody());
      if (receiver.equals("deputy-broken")) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      messages.add(
          "%s %s %s"
              .formatted(
                  receiver,
                  body.path("status").asText(),
                  body.at("/alerts/0/annotations/title").asText()));
      exchange.sendResponseHeaders(200, -1);
    }
  }

  @Test
  void threeLevels_withAKillInBetween_areToldOnceEach_andTheResultSaysWhoAcknowledged()
      throws Exception {
    walk(() -> start("one"), () -> start("one"));
  }

  @Test
  void threeLevels_withAReplicaKilledInBetween_areToldOnceEach_byTheOther() throws Exception {
    try (EmbeddedPostgres postgres = TestingPostgres.builder().start()) {
      String[] database = {
        "--jdbc.url=" + postgres.getJdbcUrl("postgres", "postgres"),
        "--jdbc.user=postgres",
        "--jdbc.password-file=" + Files.writeString(folder.resolve("password"), "postgres")
      };
      var others = new ArrayList<PharosProcess>();
      walk(
          () -> {
            PharosProcess one = start("one", database);
            others.add(start("two", database));
            return one;
          },
          others::getFirst);
    }
  }

  /// @param first starts a process that is killed after the first level
  /// @param second starts the process that goes on
  private void walk(Callable<PharosProcess> first, Callable<PharosProcess> second)
      throws Exception {
    HttpServer hooks =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    hooks.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    hooks.createContext("/", this::receive);
    hooks.start();
    try (var smtp = new ScriptedSmtp()) {
      configure(hooks.getAddress().getPort(), smtp.port());
      PharosProcess killed = first.call();
      JsonNode started =
          JSON.readTree(
              killed
                  .post("/api/pharos/v1/drills", "{\"policy\": \"pages\", \"wait\": \"10s\"}")
                  .body());
      String drill = "/api/pharos/v1/drills/" + started.path("number").asText();
      var _ =
          killed.await(
              "the record of the mail to lead",
              PATIENCE,
              () ->
                  result(killed, drill)
                      .at("/levels/0/calls/0/ways/0/outcome")
                      .asText()
                      .equals("sent"));
      killed.kill();
      PharosProcess process = second.call();
      var _ = process.await("deputy", PATIENCE, () -> told("deputy firing"));
      var _ = process.await("its episode", PATIENCE, () -> episode(process, drill) > 0);
      assertThat(
              process
                  .post(
                      "/api/pharos/v1/episodes/" + episode(process, drill) + "/acknowledge",
                      "{\"owner\": \"deputy\"}")
                  .statusCode())
          .isEqualTo(200);
      var _ = process.await("boss", PATIENCE, () -> told("boss firing"));
      var _ = process.await("the end", PATIENCE, () -> result(process, drill).has("endedAt"));
      var _ = process.await("the mail about the end", PATIENCE, () -> smtp.mails() == 2);
      JsonNode result = result(process, drill);
      assertThat(result.path("passed").asBoolean()).isFalse();
      assertThat(result.path("levels").findValuesAsText("state"))
          .containsExactly(
              "not acknowledged",
              "not acknowledged",
              "acknowledged",
              "acknowledged",
              "not acknowledged",
              "not acknowledged");
      assertThat(result.at("/levels/1/calls/0/ways").findValuesAsText("outcome"))
          .containsExactly("failed", "sent");
      var _ = process.await("the ends at deputy and boss", PATIENCE, () -> messages.size() == 4);
      assertThat(messages)
          .containsExactlyInAnyOrder(
              "deputy firing Fire drill of pages, level 2",
              "boss firing Fire drill of pages, level 3",
              "deputy resolved Fire drill of pages, level 2",
              "boss resolved Fire drill of pages, level 3");
      process.close();
    } finally {
      hooks.stop(0);
    }
  }

  private static JsonNode result(PharosProcess process, String drill) {
    try {
      return JSON.readTree(process.get(drill).body());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static long episode(PharosProcess process, String drill) {
    return result(process, drill).at("/levels/1/calls/0/episode").asLong();
  }

  private boolean told(String begin) {
    return messages.stream().anyMatch(it -> it.startsWith(begin));
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
              - {people: [deputy], after: 30m}
              - {people: [boss], after: 1h}
        """);
  }

  private PharosProcess start(String name, String... more) throws Exception {
    int port = PharosProcess.freePort();
    var words =
        new ArrayList<>(
            List.of(
                "serve",
                "--config.file=",
                "--probes.dir=",
                "--gates.dir=",
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve(name),
                "--replica.name=" + name,
                "--web.listen-address=127.0.0.1:" + port));
    words.addAll(List.of(more));
    PharosProcess process =
        PharosProcess.start(folder.resolve(name + ".log"), "http://127.0.0.1:" + port, words);
    var _ = process.await("being ready", PATIENCE, process::isReady);
    return process;
  }
}
