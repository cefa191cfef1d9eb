package io.pharos.adopt.init;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pharos.adopt.init.Onboarding.Plan;
import io.pharos.adopt.init.RequestMetrics.Durations;
import io.pharos.adopt.init.RequestMetrics.Failure;
import io.pharos.adopt.init.RequestMetrics.Requests;
import io.pharos.cli.Commands;
import io.pharos.ingest.exposition.Format;
import io.pharos.rules.test.RuleTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What `init` writes for each stored page: few files, without a warning, with alerts that fire in
/// time and not without a reason. A proposal of names is accepted.
@Tag("slow")
class InitialFilesTest {
  private static final int MAX_FILES = 8;
  private static final long MAX_BYTES = 60 * 1024;
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? ([-+0-9.eE]+)( \\d+)?");

  /* What a person also tells init: nothing, a probe, a probe and an unusual address. */
  private enum Situation {
    PLAIN,
    PROBED,
    PROBED_ELSEWHERE
  }

  @TempDir Path folder;
  @TempDir Path otherFolders;
  private HttpServer server;

  static List<String> pages() throws IOException {
    return DetectionTest.pages();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void plan_everyPage_givesFewFilesAndAlertsInTime(String name) throws Exception {
    byte[] body = Files.readAllBytes(Path.of("src/test/resources/onboarding/pages", name));
    serve(body);
    NamedMetrics named = write(folder, NamedMetrics.NONE, Situation.PLAIN).proposal();
    Plan.Ready ready = write(folder, named, Situation.PLAIN);
    List<Path> files = files(folder);
    long bytes = assertSmall(folder);
    checks(folder);
    for (Situation situation : List.of(Situation.PROBED, Situation.PROBED_ELSEWHERE)) {
      Path other = Files.createDirectory(otherFolders.resolve(situation.name()));
      var _ = write(other, named, situation);
      assertSmall(other);
      checks(other);
    }
    RequestMetrics found =
        Detection.find(
            PageSurvey.of(body, body.length, Format.TEXT),
            Convention.all(),
            Set.of("/metrics"),
            named);
    System.out.printf(
        "init: %s: %d files, %d KB; requests %s, errors %s, duration %s%s%s%n",
        name,
        files.size(),
        bytes / 1024,
        found.requests().map(Requests::metric).orElse("-"),
        found.requests().flatMap(it -> it.failed("shop")).orElse("-"),
        found.durations().map(Durations::metric).orElse("-"),
        named.isEmpty() ? "" : " (asked)",
        ready.found().stream()
            .filter(it -> it.startsWith("exporter"))
            .collect(joining("", "; ", "")));
    fires(found);
    staysSilent(found, new String(body, StandardCharsets.UTF_8));
  }

  /// The metrics page of a common program, and the alerts about it.
  private record Program(String name, String page, List<String> alerts) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static String page(String name) throws IOException {
    return Files.readString(Path.of("src/test/resources/onboarding/pages", name));
  }

  static List<Program> programs() throws IOException {
    return List.of(
        new Program(
            "JVM, Micrometer",
            """
            jvm_memory_used_bytes{area="heap",id="G1 Eden Space"} 1e+07
            jvm_memory_usage_after_gc{area="heap",pool="long-lived"} 0.1
            jvm_gc_overhead 0.003
            jvm_threads_deadlocked 0
            """,
            List.of("JvmHeapFull", "JvmPausing", "JvmDeadlocked")),
        new Program(
            "JVM, client_java",
            """
            jvm_memory_used_bytes{area="heap"} 1e+07
            jvm_memory_pool_collection_used_bytes{pool="G1 Old Gen"} 10
            jvm_memory_pool_collection_max_bytes{pool="G1 Old Gen"} 100
            jvm_gc_collection_seconds_count{gc="G1 Young Generation"} 3
            jvm_gc_collection_seconds_sum{gc="G1 Young Generation"} 0.02
            """,
            List.of("JvmHeapFull", "JvmPausing")),
        new Program(
            "blackbox_exporter",
            page("exporter-blackbox-probe.prom") + "probe_ssl_earliest_cert_expiry 5e+09\n",
            List.of("CheckFailing", "CheckSlow", "CheckCertificateExpiring")),
        new Program(
            "cAdvisor",
            """
            container_cpu_usage_seconds_total{id="/a",name="web"} 5
            container_memory_working_set_bytes{id="/a",name="web"} 50
            container_spec_memory_limit_bytes{id="/a",name="web"} 100
            container_cpu_cfs_periods_total{id="/a",name="web"} 50
            container_cpu_cfs_throttled_periods_total{id="/a",name="web"} 1
            container_start_time_seconds{id="/a",name="web"} 1.7e+09
            """,
            List.of("ContainerMemoryFull", "ContainerThrottled", "ContainerRestarting")),
        new Program(
            "haproxy_exporter",
            page("exporter-haproxy.prom"),
            List.of("HaproxyServerDown", "HaproxyNoServer")));
  }

  /// [WatchedRulesTest] holds when these alerts fire.
  @ParameterizedTest
  @MethodSource("programs")
  void plan_pageOfACommonProgram_givesItsAlerts(Program program) throws Exception {
    serve(program.page().getBytes(StandardCharsets.UTF_8));
    Plan.Ready ready = write(folder, NamedMetrics.NONE, Situation.PLAIN);
    assertSmall(folder);
    checks(folder);
    String rules = Files.readString(folder.resolve("alert-rules/shop.yml"));
    String runbook = Files.readString(folder.resolve("docs/runbooks/shop.md"));
    for (String alert : program.alerts()) {
      assertThat(String.join("\n", ready.found())).contains(alert);
      assertThat(rules).contains("- alert: " + alert + "\n");
      assertThat(runbook).contains("## " + alert + "\n");
    }
  }

  private static long assertSmall(Path folder) throws IOException {
    long bytes = 0;
    for (Path file : files(folder)) {
      bytes += Files.size(file);
    }
    assertThat(files(folder)).as("files").hasSizeLessThanOrEqualTo(MAX_FILES);
    assertThat(bytes).as("bytes").isLessThanOrEqualTo(MAX_BYTES);
    return bytes;
  }

  private void serve(byte[] body) throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private Plan.Ready write(Path folder, NamedMetrics named, Situation situation) throws Exception {
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/metrics";
    Optional<String> none = Optional.empty();
    Optional<Path> noFile = Optional.empty();
    var service =
        new NewService(
            folder,
            "shop",
            URI.create(url),
            Optional.of(URI.create(url)).filter(_ -> situation != Situation.PLAIN),
            new NewService.Access(noFile, none, noFile, noFile),
            new NewService.Receivers(
                Optional.of("me@example.org"), none, "127.0.0.1:2525", none, noFile, noFile),
            new NewService.Serving(
                situation == Situation.PROBED_ELSEWHERE ? "127.0.0.1:9777" : "127.0.0.1:9095",
                none,
                "en",
                false),
            named);
    Plan plan = new Onboarding(service, true, Path.of(""), InstantSource.system()).plan();
    assertThat(plan).isInstanceOf(Plan.Ready.class);
    var ready = (Plan.Ready) plan;
    ready.project().apply();
    return ready;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static void checks(Path folder) {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        new Commands(Map.of(), stream, stream)
            .run("check", List.of(folder.toString(), "--fail-on=warning"));
    assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("warning", "finding");
  }

  /* Each fault begins after five minutes; its alert must fire within 90 s. */
  private void fires(RequestMetrics found) throws IOException {
    assertFires("ServiceDown", List.of(input("up{job=\"shop\",instance=\"one\"}", "1x30 0x20")));
    if (found.requests().isPresent() && found.requests().get().failure().isPresent()) {
      Requests requests = found.requests().get();
      Failure failure = requests.failure().get();
      boolean isSeparate = !failure.metric().equals(requests.metric());
      assertFires(
          "ServiceErrors",
          List.of(
              up(),
              input(
                  series(requests.metric(), failure.good()),
                  isSeparate ? "0+10x50" : "0+10x30 305+5x20"),
              input(series(failure.metric(), failure.bad()), "0x30 5+5x20")));
    }
    if (found.durations().isPresent()) {
      Durations durations = found.durations().get();
      assertFires(
          "ServiceSlow",
          List.of(
              up(),
              input(series(durations.metric() + "_count", ""), "0+10x50"),
              input(
                  series(durations.metric() + "_bucket", "le=\"" + durations.slowText() + "\""),
                  "0+10x30 300x20")));
    }
  }

  private void assertFires(String alert, List<String> series) throws IOException {
    run(
        alert,
        series,
        """
            - expr: 'count(ALERTS{alertname="%s",alertstate="firing"})'
              eval_time: 5m
              exp_samples: []
            - expr: 'count(ALERTS{alertname="%1$s",alertstate="firing"})'
              eval_time: 6m30s
              exp_samples: [{labels: '{}', value: 1}]
        """
            .formatted(alert));
  }

  /* An hour with the page's values, with steady requests: few of them fail, none is slow. */
  private void staysSilent(RequestMetrics found, String page) throws IOException {
    var series = new ArrayList<String>();
    var own = new ArrayList<String>();
    series.add(up());
    found
        .requests()
        .ifPresent(
            it -> {
              own.add(it.metric());
              String good = it.failure().map(Failure::good).orElse("");
              series.add(input(series(it.metric(), good), "0+10x360"));
              it.failure()
                  .ifPresent(
                      bad -> {
                        own.add(bad.metric());
                        series.add(
                            input(series(bad.metric(), bad.bad()), "0x100 1x100 2x100 3x60"));
                      });
            });
    found
        .durations()
        .ifPresent(
            it -> {
              own.add(it.metric() + "_count");
              own.add(it.metric() + "_bucket");
              String count = it.metric() + "_count";
              if (found.requests().filter(all -> all.metric().equals(count)).isEmpty()) {
                series.add(input(series(count, ""), "0+10x360"));
              }
              series.add(
                  input(
                      series(it.metric() + "_bucket", "le=\"" + it.slowText() + "\""), "0+10x360"));
            });
    page.lines()
        .map(SAMPLE::matcher)
        .filter(Matcher::matches)
        .filter(it -> !own.contains(it.group(1)))
        .forEach(
            it -> {
              String labels = it.group(2) == null ? "" : it.group(2).replaceAll(",$", "");
              String value = new BigDecimal(it.group(3)).toPlainString();
              series.add(input(series(it.group(1), labels), value + "x360"));
            });
    run(
        "silence",
        series,
        """
            - expr: 'count by (alertname) (max_over_time(ALERTS{alertstate="firing",severity!="info"}[1h]))'
              eval_time: 1h
              exp_samples: []
        """);
  }

  private void run(String name, List<String> series, String expected) throws IOException {
    String text =
        """
        rule_files: ['alert-rules/*.yml']
        evaluation_interval: 10s
        tests:
          - name: %s
            interval: 10s
            input_series:
        %s
            promql_expr_test:
        %s"""
            .formatted(name, String.join("\n", series), expected);
    Path file = Files.writeString(folder.resolve(name + ".test"), text);
    try {
      assertThat(RuleTest.read(file, Set.of()).run().failures()).as(name).isEmpty();
    } finally {
      Files.delete(file);
    }
  }

  private static String up() {
    return input("up{job=\"shop\",instance=\"one\"}", "1x360");
  }

  private static String series(String metric, String labels) {
    return metric + "{job=\"shop\",instance=\"one\"" + (labels.isEmpty() ? "" : "," + labels) + "}";
  }

  private static String input(String series, String values) {
    return "      - {series: '%s', values: '%s'}".formatted(series.replace("'", "''"), values);
  }
}
