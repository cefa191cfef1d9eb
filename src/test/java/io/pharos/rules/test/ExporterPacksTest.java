package io.pharos.rules.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.InstantVector;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import io.pharos.state.TestingPostgres;
import io.pharos.storage.InMemoryStorage;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs the packs for exporters against Debian's exporters: every metric and label in a rule
/// exists, and alerts fire when the monitored service is stopped. First healthy, then broken.
@Tag("peer")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ExporterPacksTest {
  private static final Path BIN = Path.of("/usr/bin/");
  private static final List<String> PACKS =
      List.of("host", "postgres", "redis", "proxies", "prometheus", "cron");
  private static final Pattern SAMPLE =
      Pattern.compile("^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([^ ]+)$", Pattern.MULTILINE);
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final long HEALTHY = 1_800_000_000_000L;
  private static final long LATER = HEALTHY + 120_000;

  /// Alerts that this machine may trigger, because other tests run beside this one.
  private static final Set<String> OF_THIS_MACHINE =
      Set.of("HostLoadHigh", "HostDiskSlow", "HostMemoryLow", "DiskLow", "DiskFilling");

  @TempDir static Path folder;

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Process> processes = new ArrayList<>();
  private final Map<String, URI> targets = new LinkedHashMap<>();
  private final Map<String, Process> servers = new HashMap<>();
  private EmbeddedPostgres postgres;
  private Map<String, String> healthy;

  @BeforeAll
  void start() throws Exception {
    for (String tool :
        List.of(
            "prometheus-node-exporter",
            "prometheus-postgres-exporter",
            "prometheus-redis-exporter",
            "prometheus-nginx-exporter",
            "prometheus",
            "redis-server")) {
      assumeTrue(Files.isExecutable(BIN.resolve(tool)), tool + " is not installed");
    }
    for (String tool : List.of("/usr/sbin/haproxy", "/usr/sbin/nginx")) {
      assumeTrue(Files.isExecutable(Path.of(tool)), tool + " is not installed");
    }
    node();
    redis();
    postgres();
    String web = nginx();
    haproxy(web);
    prometheus();
    healthy = pages(this::isComplete);
  }

  @AfterAll
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  private void node() throws Exception {
    Path textfiles = Files.createDirectory(folder.resolve("textfiles"));
    var job =
        new ProcessBuilder("scripts/cron-heartbeat.sh", "pg-backup", "26h", "true")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("cron.log").toFile());
    job.environment().put("CRON_TEXTFILES", textfiles.toString());
    assertThat(job.start().waitFor()).as("cron-heartbeat.sh").isZero();
    exporter(
        "node-exporter",
        Map.of(),
        "prometheus-node-exporter",
        "--collector.textfile.directory=" + textfiles,
        "--web.listen-address=127.0.0.1:");
  }

  private void redis() throws IOException {
    int port = freePort();
    servers.put(
        "redis",
        run(
            Map.of(),
            BIN + "/redis-server",
            "--port",
            "" + port,
            "--save",
            "",
            "--bind",
            "127.0.0.1"));
    exporter(
        "redis-exporter",
        Map.of(),
        "prometheus-redis-exporter",
        "--redis.addr=redis://127.0.0.1:" + port,
        "--web.listen-address=127.0.0.1:");
  }

  private void postgres() throws IOException {
    postgres = TestingPostgres.builder().setServerConfig("max_connections", "20").start();
    exporter(
        "postgres-exporter",
        Map.of(
            "DATA_SOURCE_NAME",
            "postgresql://postgres:postgres@127.0.0.1:%d/postgres?sslmode=disable"
                .formatted(postgres.getPort())),
        "prometheus-postgres-exporter",
        "--collector.postmaster",
        "--web.listen-address=127.0.0.1:");
  }

  private String nginx() throws IOException {
    String web = "127.0.0.1:" + freePort();
    Path home = Files.createDirectory(folder.resolve("nginx"));
    var paths = new StringBuilder();
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      paths.append("%s_temp_path %s/%s;\n".formatted(kind, home, kind));
    }
    Path file =
        Files.writeString(
            home.resolve("nginx.conf"),
            """
            daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log; events {}
            http {
              access_log off;
              %2$s
              server { listen %3$s; location /nginx_status { stub_status; } }
            }
            """
                .formatted(home, paths, web));
    servers.put(
        "nginx", run(Map.of(), "/usr/sbin/nginx", "-p", home.toString(), "-c", file.toString()));
    exporter(
        "nginx-exporter",
        Map.of(),
        "prometheus-nginx-exporter",
        "--nginx.scrape-uri=http://" + web + "/nginx_status",
        "--web.listen-address=127.0.0.1:");
    return web;
  }

  private void haproxy(String web) throws IOException {
    int port = freePort();
    Path file =
        Files.writeString(
            folder.resolve("haproxy.cfg"),
            """
            global
              maxconn 100
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 1s
            frontend metrics
              bind 127.0.0.1:%d
              http-request use-service prometheus-exporter if { path /metrics }
            frontend web
              bind 127.0.0.1:%d
              default_backend app
            backend app
              server a %s check inter 200ms fall 2
            """
                .formatted(port, freePort(), web));
    run(Map.of(), "/usr/sbin/haproxy", "-f", file.toString());
    targets.put("haproxy", URI.create("http://127.0.0.1:%d/metrics".formatted(port)));
  }

  private void prometheus() throws IOException {
    int port = freePort();
    Path file =
        Files.writeString(
            folder.resolve("prometheus.yml"),
            """
            alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:1']}]}]}
            scrape_configs: [{job_name: prometheus, static_configs: [{targets: ['127.0.0.1:%d']}]}]
            """
                .formatted(port));
    run(
        Map.of(),
        BIN + "/prometheus",
        "--config.file=" + file,
        "--storage.tsdb.path=" + folder.resolve("tsdb"),
        "--web.listen-address=127.0.0.1:" + port);
    targets.put("prometheus", URI.create("http://127.0.0.1:%d/metrics".formatted(port)));
  }

  private void exporter(String job, Map<String, String> environment, String... command)
      throws IOException {
    int port = freePort();
    command[0] = BIN + "/" + command[0];
    command[command.length - 1] += port;
    run(environment, command);
    targets.put(job, URI.create("http://127.0.0.1:%d/metrics".formatted(port)));
  }

  private Process run(Map<String, String> environment, String... command) throws IOException {
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log-" + processes.size()).toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private interface Condition {
    boolean holds(Map<String, String> pages);
  }

  private boolean isComplete(Map<String, String> pages) {
    return pages.size() == targets.size()
        && pages.get("redis-exporter").contains("\nredis_up 1")
        && pages.get("postgres-exporter").contains("\npg_up 1")
        && pages.get("nginx-exporter").contains("\nnginx_up 1")
        && pages.get("prometheus").contains("alertmanagers_discovered 1")
        && pages.get("haproxy").contains("haproxy_backend_active_servers{proxy=\"app\"} 1");
  }

  /// Waits until the pages of all exporters satisfy a condition.
  private Map<String, String> pages(Condition condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    var pages = new TreeMap<String, String>();
    do {
      pages.clear();
      for (var target : targets.entrySet()) {
        try {
          var request =
              HttpRequest.newBuilder(target.getValue()).timeout(Duration.ofSeconds(10)).build();
          var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
          if (answer.statusCode() == 200) {
            pages.put(target.getKey(), answer.body());
          }
        } catch (IOException _) {
          // Not started yet, or already stopped.
        }
      }
      if (condition.holds(pages)) {
        return Map.copyOf(pages);
      }
      Thread.onSpinWait();
    } while (System.nanoTime() < end);
    throw new AssertionError("the exporters never came to be so: " + pages.keySet());
  }

  private static Map<String, String> labels(String text) {
    var labels = new HashMap<String, String>();
    if (text != null) {
      LABEL.matcher(text).results().forEach(label -> labels.put(label.group(1), label.group(2)));
    }
    return labels;
  }

  private static List<RuleSpec> rules(String pack) {
    return RuleFile.read(Path.of("alert-rules", pack + ".yml"), ParserOptions.defaults())
        .groups()
        .stream()
        .flatMap(group -> group.rules().stream())
        .toList();
  }

  @Test
  @Order(1)
  void everySelector_ofThePacks_isASeriesOfALiveExporter() {
    var samples = new HashMap<String, List<Map<String, String>>>();
    for (String page : healthy.values()) {
      for (MatchResult sample : SAMPLE.matcher(page).results().toList()) {
        samples
            .computeIfAbsent(sample.group(1), _ -> new ArrayList<>())
            .add(labels(sample.group(2)));
      }
    }
    var missing = new TreeSet<String>();
    int asked = 0;
    for (String pack : PACKS) {
      for (RuleSpec rule : rules(pack)) {
        for (Expr.VectorSelector selector :
            PromqlParser.parse(rule.expression().text()).selectors().toList()) {
          if (selector.name().contains(":") || selector.name().equals("up")) {
            continue;
          }
          asked++;
          if (samples.getOrDefault(selector.name(), List.of()).stream()
              .noneMatch(series -> selector.matchers().stream().allMatch(it -> fits(it, series)))) {
            missing.add(pack + ": " + rule.name() + ": " + selector);
          }
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(asked).isGreaterThan(60);
  }

  /* A matcher may exclude this machine's series, but its label must exist. */
  private static boolean fits(LabelMatcher matcher, Map<String, String> series) {
    return switch (matcher.type()) {
      case EQUAL, REGEX ->
          matcher.name().equals("__name__")
              || matcher.matches(series.getOrDefault(matcher.name(), ""));
      case NOT_EQUAL, NOT_REGEX -> series.containsKey(matcher.name());
    };
  }

  @Test
  @Order(2)
  void healthyExporters_raiseNothing() {
    assertThat(active(healthy, healthy)).isEmpty();
  }

  @Test
  @Order(3)
  void connectionsThatRunOut_areTold() throws Exception {
    var held = new ArrayList<Connection>();
    try {
      for (int i = 0; i < 17; i++) {
        held.add(postgres.getPostgresDatabase().getConnection());
      }
      Map<String, String> pages =
          pages(now -> isComplete(now) && active(healthy, now).contains("PostgresConnectionsHigh"));
      assertThat(active(healthy, pages)).contains("PostgresConnectionsHigh");
    } finally {
      for (Connection connection : held) {
        connection.close();
      }
    }
  }

  @Test
  @Order(4)
  void serversThatAreStopped_areTold_andNobodyElse() throws Exception {
    for (Process server : servers.values()) {
      server.destroyForcibly();
    }
    postgres.close();
    Map<String, String> pages =
        pages(
            now ->
                now.size() == targets.size()
                    && now.get("redis-exporter").contains("\nredis_up 0")
                    && now.get("postgres-exporter").contains("\npg_up 0")
                    && now.get("nginx-exporter").contains("\nnginx_up 0")
                    && now.get("haproxy")
                        .contains("haproxy_backend_active_servers{proxy=\"app\"} 0"));
    assertThat(active(healthy, pages))
        .containsExactlyInAnyOrder(
            "RedisDown", "PostgresDown", "NginxDown", "HaproxyServerDown", "HaproxyNoServer");
  }

  /// The alerts whose expressions hold after exporters returned the first pages and, two minutes
  /// later, the second ones.
  private Set<String> active(Map<String, String> before, Map<String, String> now) {
    var storage = new InMemoryStorage();
    var engine =
        new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
    var active = new TreeSet<String>();
    for (long at : List.of(HEALTHY - 60_000, HEALTHY, LATER)) {
      scrape(storage, at == LATER ? now : before, at);
      active.clear();
      for (String pack : PACKS) {
        for (RuleSpec rule : rules(pack)) {
          var result = (InstantVector) engine.instant(onVirtualTime(rule), at).value();
          switch (rule) {
            case RuleSpec.Recording recording -> record(storage, recording, result, at);
            case RuleSpec.Alerting alert -> {
              if (result.size() > 0 && !OF_THIS_MACHINE.contains(alert.name())) {
                active.add(alert.name());
              }
            }
          }
        }
      }
    }
    return active;
  }

  /* Exporters use the wall clock. */
  private static String onVirtualTime(RuleSpec rule) {
    return rule.expression().text().replace("time()", "" + System.currentTimeMillis() / 1000);
  }

  private static void record(
      InMemoryStorage storage, RuleSpec.Recording rule, InstantVector result, long at) {
    try (var appender = storage.appender()) {
      for (int i = 0; i < result.size(); i++) {
        Labels labels = result.labels(i).with("__name__", rule.name());
        for (var label : rule.labels().entrySet()) {
          labels = labels.with(label.getKey(), label.getValue());
        }
        appender.append(labels, at, result.value(i));
      }
      appender.commit();
    }
  }

  private void scrape(InMemoryStorage storage, Map<String, String> pages, long at) {
    try (var appender = storage.appender()) {
      targets.forEach(
          (job, target) -> {
            Map<String, String> own =
                Map.of("job", job, "instance", target.getAuthority(), "host", "h1");
            String page = pages.get(job);
            var up = new HashMap<>(own);
            up.put("__name__", "up");
            appender.append(Labels.of(up), at, page == null ? 0 : 1);
            if (page == null) {
              return;
            }
            Matcher sample = SAMPLE.matcher(page);
            while (sample.find()) {
              var labels = new HashMap<>(labels(sample.group(2)));
              labels.values().removeIf(String::isEmpty);
              labels.putAll(own);
              labels.put("__name__", sample.group(1));
              appender.append(Labels.of(labels), at, number(sample.group(3)));
            }
          });
      appender.commit();
    }
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
