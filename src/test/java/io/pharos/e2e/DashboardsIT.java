package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.dashboards.DashboardFiles;
import io.pharos.dashboards.PanelQuery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/// Every panel of every dashboard on live data: Pharos scrapes the demo backend, Debian's exporters
/// beside the real programs, pages as Uptime Kuma and a full DCGM exporter write them, and itself.
/// A panel has data when all is well, or under the fault that empty-when-healthy.csv names.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@Tag("nightly")
class DashboardsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LONG = Duration.ofSeconds(90);
  /* One panel counts whole minutes. */
  private static final Duration FAULT = Duration.ofSeconds(90);
  private static final int MAX_SERIES = 25;

  /* Shares of what may be used up more than wholly. */
  private static final Set<String> BELOW_ZERO =
      Set.of("pharos-slo 4", "pharos-slo 21", "pharos-service 34");

  private static final Path EMPTY =
      Path.of("src/test/resources/io/pharos/dashboards/empty-when-healthy.csv");

  private static final String ALERTMANAGER =
      """
      route:
        receiver: works
        group_by: [alertname, instance]
        group_wait: 100ms
        group_interval: 1s
        routes:
          - {receiver: broken, matchers: [alertname="GivenUp"]}
      receivers:
        - name: works
          webhook_configs: [{url: 'WORKS'}]
        - name: broken
          webhook_configs: [{url: 'BROKEN'}]
        - name: pages
      """;

  private static final String ON_CALL =
      """
      people: [{name: lead, ways: [works]}]
      rotations: [{name: backend, timezone: UTC, layers: [{name: all, members: [lead], start: 2026-01-05T09:00, handover: weekly}]}]
      policies: [{name: pages, levels: [{people: [lead]}], drill: {repeat: FREQ=YEARLY, timezone: UTC, start: 2026-01-05T09:00}}]
      """;

  private static final String GATE =
      """
      version: "1"
      service: remotegpu
      env: stage
      interval: 1s
      warmup: 0s
      min_soak: 1s
      deadline: 1m
      max_age: 20s
      pass_valid: 10m
      checks:
        version: {selector: 'remotegpu_build_info{job="remotegpu-backend"}'}
        alerts: {matchers: ['service="remotegpu-backend"'], severities: [critical]}
        error_bound:
          total: http_requests_total{job="remotegpu-backend",path!~"/metrics|/api/v1/agent/.*"}
          bad: http_requests_total{job="remotegpu-backend",status="500",path!~"/metrics|/api/v1/agent/.*"}
          p_max: 0.2
      """;

  /* Nobody waits long for the end of its passes. */
  private static final String LATE_GATE =
      """
      version: "1"
      service: remotegpu
      env: late
      interval: 1s
      warmup: 0s
      min_soak: 1s
      deadline: 1m
      max_age: 20s
      pass_valid: 1s
      checks:
        version: none
        alerts: {matchers: ['service="remotegpu-late"'], severities: [critical]}
      """;

  private static final String ROLLOUT =
      """
      version: "1"
      service: remotegpu
      env: late
      strategy: canary
      steps: [{weight: 10}, {weight: 100}]
      watch: 5s
      short_watch: true
      lease: 5s
      """;

  /// A query that is empty when all is well, and the fault that fills it.
  private record Row(String query, String fault) {}

  private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

  private final Map<String, JsonNode> panels = new TreeMap<>();
  private final Set<String> filled = new TreeSet<>();
  private final Map<String, String> wrong = new TreeMap<>();
  private Path folder;
  private String url;
  private int backendPort;
  private int tapPort;
  private ExporterStand exporters;
  private HttpServer pages;
  private volatile boolean memoryFault;
  private PharosProcess backend;
  private PharosProcess pharos;
  private List<Row> rows;
  private String gate = "";
  private String rollout = "";
  private String epoch = "null";

  /// What makes a fault.
  private interface Fault {
    void begin() throws Exception;
  }

  private final Map<String, Fault> faults = new LinkedHashMap<>();

  /// What goes on while it is waited.
  private final List<Fault> habits = new ArrayList<>();

  @BeforeAll
  void start() throws Exception {
    folder = Path.of("target", "e2e", "dashboards-" + ProcessHandle.current().pid());
    Files.createDirectories(folder);
    rows =
        Files.readAllLines(EMPTY).stream()
            .skip(1)
            .map(line -> line.split(",", -1))
            .map(cells -> new Row(cells[0] + "," + cells[1] + "," + cells[2], cells[3]))
            .toList();
    for (Path file : DashboardFiles.files(Path.of("dashboards"))) {
      JsonNode dashboard = DashboardFiles.read(file);
      for (JsonNode panel : PanelQuery.panels(dashboard)) {
        if (panel.has("targets")) {
          panels.put(dashboard.path("uid").asText() + " " + panel.path("id").asInt(), panel);
        }
      }
    }
    exporters = new ExporterStand(folder);
    startPages();
    backendPort = PharosProcess.freePort();
    int tlsPort = PharosProcess.freePort();
    tapPort = PharosProcess.freePort();
    int tapMetrics = PharosProcess.freePort();
    backend =
        PharosProcess.start(
            folder.resolve("backend.log"),
            "http://127.0.0.1:" + backendPort,
            List.of(
                "demo-backend",
                "--listen=127.0.0.1:" + backendPort,
                "--tls-port=" + tlsPort,
                "--tap-listen=127.0.0.1:" + tapPort,
                "--tap-metrics-listen=127.0.0.1:" + tapMetrics,
                "--token-file=prometheus/demo_token"));
    int port = PharosProcess.freePort();
    url = "http://127.0.0.1:" + port;
    writeFiles(port, tlsPort, tapMetrics);
    pharos =
        PharosProcess.serve(
            folder,
            port,
            "--callbacks.file=" + folder.resolve("callbacks.yml"),
            "--fleet.file=" + folder.resolve("fleet.yml"),
            "--logins.file=" + folder.resolve("logins.yml"),
            "--loki.url=" + page("/takes"),
            "--web.external-url=" + url);
    pharos.await("ready", LONG, pharos::isReady);
    backend.await("the tap before it", LONG, () -> listens(tapPort));
    listFaults();
  }

  private static boolean listens(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  /// Pages of what can't be had here: Uptime Kuma, and a DCGM exporter with all of its fields; and
  /// receivers of messages that take or refuse them all.
  private void startPages() throws IOException {
    pages = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    Map<String, Supplier<String>> texts =
        Map.of(
            "/kuma", () -> resource("uptime-kuma.txt"),
            "/dcgm",
                () -> resource("dcgm.txt") + (memoryFault ? resource("dcgm-memory-fault.txt") : ""),
            "/dcgm/idle", () -> resource("dcgm.txt").replaceAll("(GPU_UTIL.*) \\d+", "$1 0"),
            "/takes", () -> "{\"id\":1}",
            "/login", () -> "{\"code\":0,\"data\":{\"access_token\":\"t\",\"expires_in\":86400}}");
    texts.forEach(
        (path, text) ->
            pages.createContext(
                path,
                exchange -> {
                  try (exchange) {
                    byte[] bytes = text.get().getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                  }
                }));
    for (int status : new int[] {400, 503}) {
      pages.createContext(
          "/refuses/" + status,
          exchange -> {
            try (exchange) {
              exchange.sendResponseHeaders(status, -1);
            }
          });
    }
    pages.start();
  }

  private static String resource(String name) {
    try {
      return Files.readString(Path.of("src/test/resources/io/pharos/dashboards", name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String page(String path) {
    return "http://127.0.0.1:" + pages.getAddress().getPort() + path;
  }

  private void writeFiles(int port, int tlsPort, int tapMetrics) throws Exception {
    DemoStack.copyVersionedFiles(
        folder,
        Map.of(
            "127.0.0.1:8080", "127.0.0.1:" + backendPort,
            "port: 8080", "port: " + backendPort,
            "127.0.0.1:9095", "127.0.0.1:" + port,
            "127.0.0.1:9097", "127.0.0.1:" + tapMetrics,
            "scrape_interval: 10s", "scrape_interval: 1s",
            "evaluation_interval: 10s", "evaluation_interval: 1s",
            "scrape_timeout: 5s", "scrape_timeout: 1s",
            "interval: 1m", "interval: 1s",
            "interval: 5m", "interval: 1s",
            "for: 1m", "for: 1s"));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        ALERTMANAGER.replace("WORKS", page("/takes")).replace("BROKEN", page("/refuses/400")));
    Files.writeString(folder.resolve("oncall.yml"), ON_CALL);
    Files.writeString(
        folder.resolve("pharos.yml"),
        "heartbeats: [{name: takes, url: '%s', interval: 10s}]\n".formatted(page("/takes")));
    Files.writeString(folder.resolve("token"), "a-token-of-ours");
    Files.writeString(
        folder.resolve("callbacks.yml"),
        "grafana: [{name: takes, url: '%s', token_file: token}, {name: away, url: '%s', token_file: token}]\n"
            .formatted(page("/takes"), page("/refuses/503")));
    Files.writeString(
        folder.resolve("logins.yml"),
        "logins: [{name: backend, token_file: backend.token, username: it, password_file: token, login: {url: '%s'}}]\n"
            .formatted(page("/login")));
    writeFleet();
    // The grid on which errors of the objectives are counted.
    Path slo = folder.resolve("alert-rules/slo.yml");
    Files.writeString(slo, Files.readString(slo).replace(":5m]", ":5s]"));
    rules("flapping", "{alert: Flapping, expr: 'vector(time()) % 2 < 1'}");
    Files.writeString(folder.resolve("gates/stage.yml"), GATE);
    Files.writeString(folder.resolve("gates/late.yml"), LATE_GATE);
    Files.createDirectories(folder.resolve("rollouts"));
    Files.writeString(folder.resolve("rollouts/late.yml"), ROLLOUT);
    Files.writeString(
        folder.resolve("probes/more.yml"),
        """
        probes:
          - name: backend-tls
            interval: 1s
            timeout: 1s
            http: {url: 'https://127.0.0.1:%d/api/v1/health', tls_config: {insecure_skip_verify: true}}
        """
            .formatted(tlsPort));
    writeTargets();
  }

  /// Two rented machines, one of which works, and what the backend knows of them.
  private void writeFleet() throws IOException {
    exporters.execute(
        "create table machines (host varchar, status varchar)",
        "insert into machines values ('gpu-01', 'allocated'), ('gpu-02', 'idle')");
    var database = exporters.database();
    Files.writeString(folder.resolve("password"), database.password());
    Files.writeString(
        folder.resolve("fleet.yml"),
        """
        interval: 5s
        postgresql:
          url: %s
          username: %s
          password_file: password
          machines: select host, status, now() as beat from machines
          gpus: >-
            select host, case when status = 'allocated' then 'rented' else status end as state, 2 as count
            from machines
        """
            .formatted(database.jdbcUrl().replaceFirst("\\?.*", ""), database.user()));
  }

  /// The exporters in the jobs that prometheus.yml has, and in jobs of their own for the others.
  private void writeTargets() throws IOException {
    Path file = folder.resolve("prometheus/prometheus.yml");
    var text = new StringBuilder(Files.readString(file));
    String elsewhere = page("").replace("http://", "");
    text.insert(
        text.indexOf("scrape_configs:"),
        "    - {path_prefix: /refuses/400, static_configs: [{targets: ['"
            + elsewhere
            + "']}]}\n\n");
    var known = new TreeMap<String, List<String>>();
    for (ExporterStand.Target target : exporters.targets()) {
      if (target.options().isEmpty() && text.indexOf("job_name: " + target.job() + "\n") >= 0) {
        known.computeIfAbsent(target.job(), _ -> new ArrayList<>()).add(target.address());
      } else {
        text.append(
            "  - {job_name: %s, %sstatic_configs: [{targets: ['%s'], labels: {host: localhost}}]}\n"
                .formatted(
                    target.job(),
                    target.options().isEmpty() ? "" : target.options() + ", ",
                    target.address()));
      }
    }
    text.append(
        "  - {job_name: uptime-kuma, metrics_path: /kuma, static_configs: [{targets: ['%s']}]}\n"
            .formatted(elsewhere));
    Files.writeString(file, text);
    for (var one : known.entrySet()) {
      Files.writeString(
          folder.resolve("prometheus/targets/" + one.getKey() + ".json"),
          "[{\"targets\": [\"%s\"], \"labels\": {\"host\": \"localhost\"}}]"
              .formatted(String.join("\", \"", one.getValue())));
    }
    Files.writeString(
        folder.resolve("prometheus/targets/dcgm-exporter.json"),
        """
        [{"targets": ["127.0.0.1:%1$d"], "labels": {"service": "gpu-nodes"}},
         {"targets": ["%2$s"], "labels": {"service": "gpu-nodes", "host": "gpu-01", "__metrics_path__": "/dcgm"}},
         {"targets": ["%2$s"], "labels": {"service": "gpu-nodes", "host": "gpu-02", "instance": "gpu-02", "__metrics_path__": "/dcgm/idle"}}]
        """
            .formatted(backendPort, elsewhere));
    Path targets = folder.resolve("prometheus/targets/remotegpu-backend.json");
    Files.writeString(
        targets,
        Files.readString(targets).replace("\"labels\": {", "\"labels\": {\"color\": \"blue\", "));
  }

  private void listFaults() {
    faults.put("garbage", () -> assertThat(pharos.liveMebibytes()).isPositive());
    faults.put(
        "release",
        () -> {
          announce("1", "dev", "stage", "recreate", "blue");
          gate = open("1");
        });
    faults.put("history", () -> {});
    faults.put("flapping", () -> {});
    faults.put("regret", this::regret);
    faults.put("errors", () -> demo("errors"));
    faults.put("slo-burn", () -> {});
    faults.put("withdrawn", () -> {});
    faults.put(
        "override",
        () ->
            ok(
                pharos.post(
                    "/api/pharos/v1/gates/" + gate + "/override",
                    "{\"outcome\":\"FAIL\",\"reason\":\"The dashboards want to see one.\"}")));
    faults.put("callbacks", () -> {});
    faults.put("gpu-xid", () -> demo("gpu-xid"));
    faults.put("gpu-memory", () -> memoryFault = true);
    faults.put(
        "gpu-waste",
        () ->
            exporters.execute(
                "update machines set status = case status when 'idle' then 'allocated' else 'idle' end"));
    faults.put("posted-alert", () -> post("Posted"));
    faults.put("given-up", () -> post("GivenUp"));
    faults.put("prober-trouble", this::blindProbe);
    faults.put("failing-resource", () -> habits.add(this::badReload));
    faults.put(
        "slow-rules",
        () -> {
          habits.removeLast();
          Files.writeString(
              folder.resolve("alert-rules/slow.yml"),
              "groups: [{name: slow, interval: 5ms, rules: [{record: slow, expr: 'count(count_over_time({job=~\".+\"}[1m]))'}]}]\n");
          ok(pharos.post("/-/reload", ""));
        });
    faults.put("rollout", this::beginRollout);
    faults.put("rollout-ended", () -> habits.add(this::endRollout));
    faults.put(
        "silence",
        () -> {
          String now = Instant.now().toString();
          ok(
              pharos.post(
                  "/api/v2/silences",
                  "{\"matchers\":[{\"name\":\"alertname\",\"value\":\"Hushed\",\"isRegex\":false,\"isEqual\":true}],"
                      + "\"startsAt\":\""
                      + now
                      + "\",\"endsAt\":\""
                      + Instant.now().plusSeconds(3600)
                      + "\",\"createdBy\":\"it\",\"comment\":\"c\"}"));
          post("Hushed");
        });
  }

  private static String ok(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
    return response.body();
  }

  private void announce(String key, String version, String env, String strategy, String color)
      throws Exception {
    assertThat(
            pharos.send(
                "PUT",
                "/api/pharos/v1/deployments/" + key,
                "application/json",
                "{\"service\":\"remotegpu\",\"env\":\"%s\",\"strategy\":\"%s\",\"color\":\"%s\",\"version\":\"%s\"}"
                    .formatted(env, strategy, color, version)))
        .isEqualTo(201);
  }

  private void post(String alert) throws Exception {
    ok(
        pharos.post(
            "/api/v2/alerts",
            "[{\"labels\":{\"alertname\":\"%s\",\"severity\":\"warning\"}}]".formatted(alert)));
  }

  private void rules(String name, String rule) throws Exception {
    Files.writeString(
        folder.resolve("alert-rules/" + name + ".yml"),
        "groups: [{name: %s, interval: 1s, rules: [%s]}]\n".formatted(name, rule));
    if (pharos != null) {
      ok(pharos.post("/-/reload", ""));
    }
  }

  /// A probe that shows a token which can't be read: its runs say nothing of the target.
  private void blindProbe() throws Exception {
    Files.writeString(
        folder.resolve("probes/blind.yml"),
        "probes: [{name: blind, interval: 1s, timeout: 1s, http: {url: '%s', bearer_token_file: nowhere}}]\n"
            .formatted(page("/takes")));
    ok(pharos.post("/-/reload", ""));
  }

  /// A configuration that can't be loaded: what runs goes on.
  private void badReload() throws Exception {
    Path bad = Files.writeString(folder.resolve("alert-rules/bad.yml"), "none\n");
    assertThat(pharos.post("/-/reload", "").statusCode()).isEqualTo(500);
    Files.delete(bad);
  }

  /// A pass that can't be used any more, and an alert on its release.
  private void regret() throws Exception {
    announce("late", "dev", "late", "canary", "green");
    String id = open("late");
    pharos.await(
        "a pass that is over",
        FAULT,
        () -> {
          String said = pharos.get("/api/pharos/v1/gates/" + id).body();
          return said.contains("\"state\":\"PASS\"") && said.contains("\"expired\":true");
        });
    rules(
        "regret",
        "{alert: Regretted, expr: vector(1), labels: {severity: critical, service: remotegpu-late, color: green}}");
  }

  private String open(String deployment) throws Exception {
    String body = "{\"deployment\":\"" + deployment + "\"}";
    return JSON.readTree(ok(pharos.post("/api/pharos/v1/gates", body))).path("id").asText();
  }

  /// A rollout whose agent sees one server and starts no other.
  private void beginRollout() throws Exception {
    Files.delete(folder.resolve("alert-rules/slow.yml"));
    ok(pharos.post("/-/reload", ""));
    announce("2", "next", "late", "canary", "green");
    heartbeat();
    rollout =
        JSON.readTree(ok(pharos.post("/api/pharos/v1/rollouts", "{\"deployment\":\"2\"}")))
            .path("id")
            .asText();
    habits.add(this::heartbeat);
  }

  private void heartbeat() throws Exception {
    String answer =
        pharos
            .post(
                "/api/pharos/v1/rollouts/lease",
                """
            {"service": "remotegpu", "env": "late", "agent": "it:1:a", "epoch": %s, "migrated": null, "trouble": [],
             "servers": {"blue": {"version": "dev", "running": true, "healthy": true, "weight": 100},
                         "green": {"version": null, "running": false, "healthy": false, "weight": 0}}}
            """
                    .formatted(epoch))
            .body();
    // A lease that ran out between two rounds is granted anew.
    epoch = JSON.readTree(answer).path("epoch").asText("null");
  }

  private void endRollout() throws Exception {
    var _ = pharos.post("/api/pharos/v1/rollouts/" + rollout + "/abort", "{\"reason\":\"seen\"}");
  }

  private void demo(String kind) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + backendPort + "/fault"))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"kind\":\"%s\",\"duration\":\"10m\"}".formatted(kind)))
              .build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }

  /// A request without a token through the tap, which the backend refuses.
  private void turnedAway() throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + tapPort + "/api/v1/admin/alerts"))
              .build(),
          BodyHandlers.discarding());
    }
  }

  @AfterAll
  void stop() throws Exception {
    for (PharosProcess process : new PharosProcess[] {pharos, backend}) {
      if (process != null) {
        process.close();
      }
    }
    pages.stop(0);
    exporters.close();
  }

  /// The panels' queries as Grafana would send them now, those left out that have no exporter here.
  private List<PanelQuery> queries() {
    var window =
        new DashboardFiles.Window(
            Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(10));
    return PanelQuery.all(Path.of("dashboards"), window, this::labelValues).stream()
        .filter(query -> query.source().equals("prometheus"))
        .filter(
            query ->
                exporters.missing().isEmpty()
                    || !Set.of("pharos-nodes", "pharos-data").contains(query.dashboard()))
        .toList();
  }

  private List<String> labelValues(String selector, String label) {
    var values = new TreeSet<String>();
    for (JsonNode series : pharos.query("group by (" + label + ") (" + selector + ")")) {
      values.add(series.path("metric").path(label).asText());
    }
    values.remove("");
    return List.copyOf(values);
  }

  private static String key(PanelQuery query) {
    return query.dashboard() + "," + query.panelId() + "," + query.refId();
  }

  /// Asks those queries that gave nothing yet, and gives the ones that still do.
  private Set<String> stillEmpty(Set<String> wanted) {
    var empty = new TreeSet<String>();
    for (PanelQuery query : queries()) {
      if (wanted.contains(key(query)) && !filled.contains(key(query))) {
        JsonNode series = pharos.query(query.expanded());
        if (series.isEmpty()) {
          empty.add(key(query) + " " + query.panel());
        } else {
          filled.add(key(query));
          judge(query, series);
        }
      }
    }
    return empty;
  }

  /// What Grafana would draw badly.
  private void judge(PanelQuery query, JsonNode series) {
    JsonNode panel = panels.get(query.dashboard() + " " + query.panelId());
    boolean table = panel.path("type").asText().equals("table");
    if (series.size() > MAX_SERIES && !table) {
      wrong.put(query + "", series.size() + " series");
    }
    boolean share = panel.at("/fieldConfig/defaults/unit").asText().equals("percentunit");
    for (JsonNode one : series) {
      double value = one.path("value").path(1).asDouble();
      double least = BELOW_ZERO.contains(query.dashboard() + " " + query.panelId()) ? -1000 : 0;
      if (share && !table && !(value >= least && value <= 1.1)) {
        wrong.put(query + " value", one.toString());
      }
    }
    for (JsonNode target : panel.path("targets")) {
      if (target.path("refId").asText().equals(query.refId())) {
        LEGEND
            .matcher(target.path("legendFormat").asText())
            .results()
            .map(label -> label.group(1))
            .filter(label -> !label.equals("location")) // probes of Pharos itself have none
            .filter(label -> series.findValues("metric").stream().noneMatch(it -> it.has(label)))
            .forEach(label -> wrong.put(query + " legend", "no series has the label " + label));
      }
    }
  }

  private void await(String what, Set<String> wanted, Duration most) throws Exception {
    Instant begin = Instant.now();
    var left = new TreeSet<String>(wanted);
    try {
      pharos.await(
          what,
          most,
          () -> {
            try {
              exporters.work();
              turnedAway();
              for (Fault habit : habits) {
                habit.begin();
              }
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
            left.clear();
            left.addAll(stillEmpty(wanted));
            return left.isEmpty();
          });
    } catch (AssertionError e) {
      throw new AssertionError(what + ": still empty: " + left, e);
    }
    System.out.printf(
        "dashboards: %s: %d queries with data after %.1f s%n",
        what, wanted.size(), Duration.between(begin, Instant.now()).toMillis() / 1000.0);
  }

  @Test
  @Order(1)
  void everyPanel_whenAllIsWell_hasData() throws Exception {
    if (!exporters.missing().isEmpty()) {
      System.out.println("dashboards: SKIPPED nodes and data for want of " + exporters.missing());
    }
    Set<String> faulty = rows.stream().map(Row::query).collect(Collectors.toSet());
    Set<String> now =
        queries().stream()
            .map(DashboardsIT::key)
            .filter(query -> !faulty.contains(query))
            .collect(Collectors.toSet());
    await("all is well", now, LONG);
  }

  @Test
  @Order(2)
  void everyPanel_underTheFaultThatItIsFor_hasData() throws Exception {
    assertThat(faults.keySet())
        .containsAll(rows.stream().map(Row::fault).collect(Collectors.toSet()));
    var problems = new ArrayList<String>();
    for (var fault : faults.entrySet()) {
      Set<String> wanted =
          rows.stream()
              .filter(row -> row.fault().equals(fault.getKey()))
              .map(Row::query)
              .collect(Collectors.toSet());
      try {
        fault.getValue().begin();
        await("fault " + fault.getKey(), wanted, FAULT);
      } catch (AssertionError e) {
        problems.add(fault.getKey() + ": " + e.getMessage());
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  @Order(3)
  void panels_drawWhatTheyAreGiven() {
    // Of what several targets have, one may have come first.
    wrong.keySet().removeIf(what -> what.endsWith("legend"));
    for (PanelQuery query : queries()) {
      JsonNode series = pharos.query(query.expanded());
      if (!series.isEmpty()) {
        judge(query, series);
      }
    }
    assertThat(wrong).isEmpty();
    System.out.printf(
        "dashboards: %d panels, %d queries with data, %d of them under %d faults%n",
        panels.size(), filled.size(), rows.size(), faults.size());
    assertThat(filled).hasSize(queries().size());
  }
}
