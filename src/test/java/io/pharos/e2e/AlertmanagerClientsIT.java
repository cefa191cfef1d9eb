package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The packaged program in Alertmanager's place: amtool, a real Prometheus and the requests of
/// Grafana's data source, with a configuration that Alertmanager would load.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AlertmanagerClientsIT {
  private static final Path AMTOOL = Path.of("/usr/bin/amtool");
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Queue<String> received = new ConcurrentLinkedQueue<>();
  private Path folder;
  private Path config;
  private int port;
  private HttpServer receiver;
  private PharosProcess pharos;

  @BeforeAll
  void start() throws Exception {
    folder = Path.of("target", "e2e-am", Long.toString(ProcessHandle.current().pid()));
    Files.createDirectories(folder);
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          received.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    receiver.start();
    config =
        Files.writeString(
            folder.resolve("alertmanager.yml"),
            """
            route:
              receiver: hook
              group_by: [alertname]
              group_wait: 1s
              group_interval: 2s
              routes:
                - {receiver: db, matchers: [team="db"]}
            receivers:
              - name: hook
                webhook_configs: [{url: 'http://127.0.0.1:%d/hook'}]
              - name: db
            """
                .formatted(receiver.getAddress().getPort()));
    port = PharosProcess.freePort();
    pharos =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port,
            List.of(
                "serve",
                "--config.file=",
                "--notifications.file=" + config,
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port));
    pharos.await("ready", Duration.ofSeconds(60), pharos::isReady);
  }

  @AfterAll
  void stop() {
    if (pharos != null) {
      pharos.close();
    }
    receiver.stop(0);
  }

  private String amtool(String... words) throws Exception {
    return amtool(0, words);
  }

  private String amtool(int code, String... words) throws Exception {
    var command = new ArrayList<String>(List.of(AMTOOL.toString()));
    command.addAll(List.of(words));
    command.add("--alertmanager.url=http://127.0.0.1:" + port);
    var ended = PharosProcess.run(command, Map.of());
    assertThat(ended.code()).as(command + "\n" + ended.output()).isEqualTo(code);
    return ended.output();
  }

  private static void needs(Path tool) {
    assumeTrue(Files.isExecutable(tool), "skipped: " + tool + " is not installed");
  }

  private JsonNode json(String path) throws Exception {
    var answer = pharos.get(path);
    assertThat(answer.statusCode()).as(path + "\n" + answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  @Test
  void amtool_alerts_areAddedAndFound() throws Exception {
    needs(AMTOOL);
    amtool("alert", "add", "Added", "team=web", "--annotation=summary=by hand");
    assertThat(amtool("alert", "query", "alertname=Added", "-o", "json"))
        .contains("\"team\":\"web\"", "by hand", "\"state\":\"active\"");
    assertThat(amtool("alert", "query", "alertname=~Add.*", "team!=web", "-o", "json"))
        .isEqualTo("[]\n");
    assertThat(amtool("alert", "query", "-o", "extended")).contains("Added");
    pharos.await("the webhook", LONG, () -> received.stream().anyMatch(b -> b.contains("Added")));
  }

  @Test
  void amtool_silences_liveTheirLife() throws Exception {
    needs(AMTOOL);
    String id =
        amtool("silence", "add", "alertname=Hush", "-d", "1h", "-a", "ann", "-c", "x").strip();
    assertThat(amtool("silence", "query", "-q", "alertname=Hush")).isEqualTo(id + "\n");
    amtool("silence", "update", "-d", "2h", id);
    assertThat(amtool("silence", "query", "-q", "alertname=Hush")).isEqualTo(id + "\n");
    String all = amtool("silence", "query", "-o", "json", "alertname=Hush");
    amtool("silence", "expire", id);
    assertThat(amtool("silence", "query", "-q", "alertname=Hush")).isEmpty();
    assertThat(amtool("silence", "query", "-q", "--expired", "alertname=Hush")).contains(id);
    // An import makes new silences of what was queried.
    Path file = Files.writeString(folder.resolve("silences.json"), all.replace(id, ""));
    amtool("silence", "import", file.toString());
    assertThat(amtool("silence", "query", "-q", "alertname=Hush").strip())
        .isNotEmpty()
        .isNotEqualTo(id);
    // amtool takes what is no matcher for a name, so what the server refuses is one that asks for
    // nothing.
    amtool(1, "silence", "add", "alertname=", "-c", "x", "-a", "ann");
    amtool(1, "silence", "expire", "00000000-0000-4000-8000-000000000000");
  }

  @Test
  void amtool_configuration_isReadFromTheServer() throws Exception {
    needs(AMTOOL);
    assertThat(amtool("config", "show")).contains("receiver: hook").doesNotContain("/hook");
    assertThat(amtool("config", "routes", "show")).contains("team=\"db\"", "receiver: db");
    assertThat(amtool("config", "routes", "test", "team=db")).isEqualTo("db\n");
    assertThat(amtool("config", "routes", "test", "team=x")).isEqualTo("hook\n");
    Path shown =
        Files.writeString(
            folder.resolve("shown.yml"),
            json("/api/v2/status").path("config").path("original").asText());
    assertThat(
            PharosProcess.run(
                List.of(AMTOOL.toString(), "check-config", shown.toString()), Map.of()))
        .satisfies(ended -> assertThat(ended.code()).as(ended.output()).isZero());
  }

  @Test
  void prometheus_sendsAlertsThatAreDeliveredAndResolved() throws Exception {
    needs(PROMETHEUS);
    Path rules = folder.resolve("rules.yml");
    String rule =
        "groups: [{name: g, rules: [{alert: FromPrometheus, expr: vector(%d) > 0,"
            + " labels: {severity: page}, annotations: {summary: 'value {{ $value }}'}}]}]";
    Files.writeString(rules, rule.formatted(7));
    Path file =
        Files.writeString(
            folder.resolve("prometheus.yml"),
            """
            global: {evaluation_interval: 1s}
            rule_files: [rules.yml]
            alerting:
              alertmanagers:
                - path_prefix: /alertmanager
                  static_configs: [{targets: ['127.0.0.1:%d']}]
            """
                .formatted(port));
    int own = PharosProcess.freePort();
    Process prometheus =
        new ProcessBuilder(
                PROMETHEUS.toString(),
                "--config.file=" + file,
                "--storage.tsdb.path=" + folder.resolve("prometheus-data"),
                "--web.enable-lifecycle",
                // What is sent before the targets are known is lost until it is sent again.
                "--rules.alert.resend-delay=2s",
                "--web.listen-address=127.0.0.1:" + own)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
    try {
      pharos.await("the firing webhook", LONG, () -> told("firing"));
      JsonNode alert = json("/api/v2/alerts?filter=alertname%3DFromPrometheus").get(0);
      assertThat(alert.path("annotations").path("summary").asText()).isEqualTo("value 7");
      assertThat(alert.path("generatorURL").asText()).contains("vector%287%29");
      Files.writeString(rules, rule.formatted(-7));
      PharosProcess.run(List.of("/bin/kill", "-HUP", Long.toString(prometheus.pid())), Map.of());
      pharos.await("the resolved webhook", LONG, () -> told("resolved"));
    } finally {
      prometheus.destroy();
      prometheus.waitFor();
    }
  }

  private boolean told(String status) {
    return received.stream()
        .anyMatch(
            body ->
                body.contains("FromPrometheus")
                    && body.startsWith("{\"receiver\":\"hook\",\"status\":\"" + status));
  }

  /// What its "Save & test" and its alerting pages ask for, with the data source's URL ending in
  /// `/alertmanager`.
  @Test
  void grafanasRequests_areAnsweredAsAlertmanagerAnswers() throws Exception {
    assertThat(pharos.get("/alertmanager/alertmanager/api/v2/status").statusCode()).isEqualTo(404);
    assertThat(pharos.get("/alertmanager/api/v1/status/buildinfo").statusCode()).isEqualTo(404);
    JsonNode status = json("/alertmanager/api/v2/status");
    assertThat(status.path("config").path("original").asText()).contains("route:", "receivers:");
    assertThat(status.path("cluster").path("peers").isArray()).isTrue();
    assertThat(status.path("versionInfo").path("version").asText()).isNotEmpty();
    var posted =
        pharos.post(
            "/alertmanager/api/v2/alerts",
            "[{\"labels\":{\"alertname\":\"ForGrafana\",\"team\":\"db\"}}]");
    assertThat(posted.statusCode()).isEqualTo(200);
    assertThat(posted.body()).isEmpty();
    String flags = "active=true&silenced=true&inhibited=true&unprocessed=true";
    JsonNode alert =
        json("/alertmanager/api/v2/alerts?filter=alertname%3D%22ForGrafana%22&" + flags).get(0);
    for (String field :
        List.of(
            "annotations",
            "endsAt",
            "fingerprint",
            "generatorURL",
            "labels",
            "receivers",
            "startsAt",
            "status",
            "updatedAt")) {
      assertThat(alert.has(field)).as(field).isTrue();
    }
    JsonNode groups = json("/alertmanager/api/v2/alerts/groups?receiver=db&" + flags);
    assertThat(groups.get(0).path("receiver").path("name").asText()).isEqualTo("db");
    assertThat(json("/alertmanager/api/v2/silences").isArray()).isTrue();
    var silence =
        pharos.post(
            "/alertmanager/api/v2/silences",
            """
            {"matchers":[{"name":"alertname","value":"ForGrafana","isRegex":false,"isEqual":true}],
             "startsAt":"2026-01-01T00:00:00.000Z","endsAt":"2999-01-01T00:00:00.000Z",
             "createdBy":"admin","comment":"created"}
            """);
    String id = JSON.readTree(silence.body()).path("silenceID").asText();
    JsonNode found = json("/alertmanager/api/v2/silence/" + id);
    assertThat(found.path("status").path("state").asText()).isEqualTo("active");
    assertThat(json("/alertmanager/api/v2/alerts?filter=alertname%3DForGrafana&silenced=false"))
        .isEmpty();
    assertThat(
            pharos
                .get("/alertmanager/api/v2/silence/00000000-0000-4000-8000-000000000000")
                .statusCode())
        .isEqualTo(404);
    assertThat(pharos.post("/alertmanager/api/v2/alerts", "[{\"labels\":{}}]").body())
        .startsWith("\"");
  }

  @Test
  void metrics_haveTheNamesAndLabelsOfTheMixin() {
    String page = pharos.get("/metrics").body();
    for (String line :
        List.of(
            "alertmanager_alerts\\{state=\"active\"\\} \\d+",
            "alertmanager_alerts\\{state=\"suppressed\"\\} \\d+",
            "alertmanager_alerts_received_total\\{status=\"firing\",version=\"v2\"\\} \\d+",
            "alertmanager_alerts_received_total\\{status=\"resolved\",version=\"v2\"\\} \\d+",
            "alertmanager_alerts_invalid_total\\{version=\"v2\"\\} \\d+",
            "alertmanager_notifications_total\\{integration=\"webhook\"\\} \\d+",
            "alertmanager_notifications_failed_total\\{integration=\"slack\",reason=\"other\"\\} 0",
            "alertmanager_notification_latency_seconds_bucket\\{integration=\"webhook\",le=\"1.0\"\\} \\d+",
            "alertmanager_notification_latency_seconds_sum\\{integration=\"webhook\"\\} \\S+",
            "alertmanager_notification_latency_seconds_count\\{integration=\"webhook\"\\} \\d+",
            "alertmanager_silences\\{state=\"expired\"\\} \\d+",
            "alertmanager_config_last_reload_successful 1",
            "alertmanager_config_last_reload_success_timestamp_seconds \\S+",
            "alertmanager_config_hash \\S+",
            "alertmanager_receivers 2",
            "alertmanager_integrations 1",
            "alertmanager_cluster_enabled 0",
            "alertmanager_build_info\\{.*version=\"0.28.1\".*\\} 1",
            "process_start_time_seconds \\S+")) {
      assertThat(page).containsPattern("(?m)^" + line + "$");
    }
  }
}
