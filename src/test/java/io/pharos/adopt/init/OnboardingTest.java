package io.pharos.adopt.init;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.adopt.init.Onboarding.Plan;
import io.pharos.alerting.Channels;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.lint.rule.LabelValues;
import io.pharos.lint.rule.LintContext;
import io.pharos.lint.rule.ParsedFileCache;
import io.pharos.lint.rule.RuleLint;
import io.pharos.probe.ProbeFile;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.test.RuleTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OnboardingTest {
  /* A page of each shape of rules: promtool needs seconds for one. */
  private static final Set<String> TRIED_BY_PROMETHEUS =
      Set.of("micrometer", "envoy", "nginx-stub-status", "go-promhttp-alone");
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path folder;
  private HttpServer server;
  private String page = "";
  private String contentType = "text/plain; version=0.0.4";
  private int health = 200;
  private String healthBody = "";
  private NamedMetrics named = NamedMetrics.NONE;
  private NewService.Serving serving =
      new NewService.Serving("127.0.0.1:9095", Optional.empty(), "en", true);

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] body = page.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", contentType);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.createContext(
        "/health",
        exchange -> {
          byte[] body = healthBody.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(health, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String address(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private NewService service(String job, boolean probed) {
    return new NewService(
        folder,
        job,
        URI.create(address("/metrics")),
        probed ? Optional.of(URI.create(address("/health"))) : Optional.empty(),
        new NewService.Access(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()),
        new NewService.Receivers(
            Optional.of("me@example.org"),
            Optional.empty(),
            "127.0.0.1:2525",
            Optional.empty(),
            Optional.empty(),
            Optional.empty()),
        serving,
        named);
  }

  private Plan plan(NewService service, boolean force) throws Exception {
    return new Onboarding(service, force, Path.of(""), CLOCK).plan();
  }

  private Plan.Ready write(String job, boolean probed) throws Exception {
    Plan plan = plan(service(job, probed), false);
    assertThat(plan).isInstanceOf(Plan.Ready.class);
    var ready = (Plan.Ready) plan;
    ready.project().apply();
    return ready;
  }

  private List<String> refusal(String job, boolean force) throws Exception {
    Plan plan = plan(service(job, false), force);
    assertThat(plan).isInstanceOf(Plan.Refused.class);
    return ((Plan.Refused) plan).reason();
  }

  private static String page(String name) throws IOException {
    return Files.readString(Path.of("src/test/resources/onboarding/pages", name + ".prom"));
  }

  private String file(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  static Stream<String> pages() throws IOException {
    return DetectionTest.pages().stream().map(name -> name.replace(".prom", ""));
  }

  @ParameterizedTest
  @MethodSource("pages")
  @Tag("slow")
  void plan_everyKnownPage_givesFilesThatReadAndPassTheirTests(String name) throws Exception {
    page = page(name);
    write("shop", true);
    var config = PrometheusConfig.read(folder.resolve("prometheus/prometheus.yml"));
    assertThat(config.scrapeConfigs()).hasSize(2);
    AlertmanagerConfig receivers = Channels.load(folder.resolve("notifications/alertmanager.yml"));
    assertThat(ProbeFile.readAll(List.of(folder.resolve("probes/shop.yml")))).hasSize(1);
    if (Files.exists(folder.resolve("gates/shop.yml"))) { // not for an exporter
      assertThat(GatePolicy.FILES.readAll(List.of(folder.resolve("gates/shop.yml"))).all())
          .hasSize(1);
      new ObjectMapper().readTree(file("dashboards/shop.json"));
    }
    Path rules = folder.resolve("alert-rules/shop.yml");
    var lint =
        new RuleLint(
            new LintContext(
                Optional.of(config),
                Optional.of(receivers),
                ParserOptions.defaults(),
                Duration.ofDays(15),
                Instant.now(),
                List.of(),
                true,
                LabelValues.NONE,
                Optional.empty(),
                Set.of()),
            new ParsedFileCache());
    assertThat(lint.check(List.of(new RuleLint.Source(rules.toString(), Files.readString(rules)))))
        .isEmpty();
    var report = RuleTest.read(folder.resolve("alert-rules/tests/shop_test.yml"), Set.of()).run();
    assertThat(report.failures()).isEmpty();
    if (TRIED_BY_PROMETHEUS.contains(name)) {
      peersAccept();
    }
  }

  private void peersAccept() throws Exception {
    tool("promtool", "check", "config", "prometheus/prometheus.yml");
    tool("promtool", "test", "rules", "alert-rules/tests/shop_test.yml");
    tool("amtool", "check-config", "notifications/alertmanager.yml");
  }

  private void tool(String... command) throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin", command[0]))) {
      System.out.println("SKIPPED, not installed: " + String.join(" ", command));
      return;
    }
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + output).isZero();
  }

  @Test
  void plan_writtenFiles_sayNothingOfOtherBackends() throws Exception {
    page = page("micrometer");
    write("shop", true);
    for (Path file : files()) {
      assertThat(file(file.toString()).toLowerCase(Locale.ROOT))
          .as(file.toString())
          .doesNotContain("remotegpu", "gpu", "demo");
    }
  }

  @Test
  void plan_pageWithUpAndWithoutAFormat_saysSoInTheJob() throws Exception {
    page = page("express-prom-bundle");
    contentType = "text/html";
    write("shop", false);
    assertThat(file("prometheus/prometheus.yml"))
        .contains("fallback_scrape_protocol: PrometheusText0.0.4", "regex: up, action: drop");
  }

  @ParameterizedTest
  @MethodSource("inventedNames")
  void plan_inventedNames_areProposedAndThenUsed(String name) throws Exception {
    page = page(name);
    String proposed = page.lines().filter(it -> it.startsWith("# proposal ")).findFirst().get();
    var asking = (Plan.Ready) plan(service("shop", true), false);
    assertThat("# proposal " + String.join(" ", asking.proposal().flags())).isEqualTo(proposed);
    assertThat(asking.seen()).anyMatch(line -> line.contains("requests?"));
    named = asking.proposal();
    Plan.Ready ready = write("shop", true);
    assertThat(ready.seen()).isEmpty();
    String rules = file("alert-rules/shop.yml");
    assertThat(rules).contains(named.requests().orElseThrow(), "ServiceErrors");
    named.duration().ifPresent(it -> assertThat(rules).contains(it + "_bucket", "ServiceSlow"));
    assertThat(file("gates/shop.yml")).contains("error_bound", named.requests().get());
    assertThat(file("dashboards/shop.json")).contains(named.requests().get());
    var report = RuleTest.read(folder.resolve("alert-rules/tests/shop_test.yml"), Set.of()).run();
    assertThat(report.failures()).isEmpty();
  }

  @Test
  void plan_histogramOfAnotherPartOfTheProgram_isNotProposedForRequests() throws Exception {
    page = page("prometheus");
    var plan = (Plan.Ready) plan(service("shop", true), false);
    assertThat(page).contains("prometheus_tsdb_compaction_chunk_range_seconds_bucket");
    assertThat(plan.proposal().duration()).isEmpty();
    assertThat(plan.seen()).isEmpty();
    assertThat(plan.notes()).anyMatch(note -> note.contains("--duration=HISTOGRAM"));
  }

  static Stream<String> inventedNames() throws IOException {
    return pages()
        .filter(
            name -> {
              try {
                return page(name).contains("# proposal ");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "requests | myapp_call_count  | --requests: the page has no metric \"myapp_call_count\"; its 3 counters include myapp_calls_count",
        "requests | myapp_workers     | --requests: myapp_workers is a gauge, expected a counter; its 3 counters include",
        "errors   | myapp_failure     | --errors: the page has no metric \"myapp_failure\"; its 3 counters include myapp_failures",
        "errors   | myapp_calls_count | --errors is the request counter itself: --errors-match is missing",
        "match    | result            | expected matchers such as result=",
        "match    | result=\"x\"       | --errors-match: myapp_calls_count has no label result; its labels are none",
        "duration | myapp_call_second | --duration: the page has no metric \"myapp_call_second\"; its 1 histograms include myapp_call_seconds",
        "duration | myapp_workers     | --duration: myapp_workers is a gauge, expected a histogram",
      })
  void plan_namedMetricThatDoesNotFit_isRefusedWithTheNearest(
      String flag, String value, String expected) throws Exception {
    page = page("myapp");
    Optional<String> set = Optional.of(value);
    Optional<String> none = Optional.empty();
    Optional<String> calls = Optional.of("myapp_calls_count");
    named =
        switch (flag) {
          case "requests" -> new NamedMetrics(set, none, none, none);
          case "errors" -> new NamedMetrics(calls, set, none, none);
          case "match" -> new NamedMetrics(calls, none, set, none);
          default -> new NamedMetrics(none, none, none, set);
        };
    assertThat(String.join("\n", refusal("shop", false))).contains(expected, "nothing was written");
    assertThat(files()).isEmpty();
  }

  @Test
  void plan_probeThatFails_isToldAndWritten() throws Exception {
    page = page("gin");
    health = 503;
    assertThat(String.join("\n", write("shop", true).notes()))
        .contains("The probe fails now", "503");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"code\": 0, \"msg\": \"ok\"}    | envelope: 0                                        | with code 0",
        "{\"code\": 200}                | envelope: 200                                      | with code 200",
        "{\"code\": \"SUCCESS\"}          | {path: $.code, op: \"==\", value: 'SUCCESS'}       | with code \"SUCCESS\"",
        "{\"errcode\": 0}               | {path: $.errcode, op: \"==\", value: '0'}          | with errcode 0",
        "{\"success\": true, \"x\": {}}   | {path: $.success, op: \"==\", value: 'true'}       | with success"
      })
  void plan_probeWhoseAnswerHasACode_checksIt(String body, String check, String found)
      throws Exception {
    page = page("gin");
    healthBody = body;
    Plan.Ready ready = write("shop", true);
    assertThat(file("probes/shop.yml")).contains(check).doesNotContain("info:");
    assertThat(ready.found()).anyMatch(line -> line.contains(found));
    assertThat(String.join("\n", ready.notes())).doesNotContain("probe");
    assertThat(plan(service("shop", true), true)).isInstanceOf(Plan.Ready.class);
    assertThat(ProbeFile.readAll(List.of(folder.resolve("probes/shop.yml")))).hasSize(1);
  }

  @Test
  void plan_probeWhoseAnswerHasAnUnknownCode_isToldAndDoesNotCheckIt() throws Exception {
    page = page("gin");
    healthBody = "{\"code\": 17}";
    assertThat(String.join("\n", write("shop", true).notes()))
        .contains("code 17", "probes/shop.yml");
    assertThat(file("probes/shop.yml")).doesNotContain("envelope", "json:");
  }

  @Test
  void plan_dashboard_hasColoursOfStatusClassesAndThresholdsOfTheRules() throws Exception {
    page = page("gin");
    write("shop", true);
    var panels = new ObjectMapper().readTree(file("dashboards/shop.json")).get("panels");
    var colours = new TreeMap<String, String>();
    var thresholds = new TreeMap<String, Double>();
    panels.forEach(
        panel -> {
          panel
              .at("/fieldConfig/overrides")
              .forEach(
                  it ->
                      colours.put(
                          it.at("/matcher/options").asText(),
                          it.at("/properties/0/value/fixedColor").asText()));
          var step = panel.at("/fieldConfig/defaults/thresholds/steps/1/value");
          if (step.isNumber()) {
            thresholds.put(panel.get("title").asText(), step.asDouble());
          }
        });
    assertThat(colours.keySet().stream().filter("503"::matches).map(colours::get))
        .containsExactly("red");
    assertThat(colours.keySet().stream().filter("2xx"::matches).map(colours::get))
        .containsExactly("green");
    assertThat(thresholds)
        .containsEntry("Failed", 0.05)
        .containsEntry("Failed requests", 0.05)
        .containsKeys("95th percentile", "Duration", "Targets up", "Probe");
  }

  @Test
  void plan_gate_comparesWithTheReleaseBefore() throws Exception {
    page = page("gin");
    write("shop", true);
    assertThat(
            GatePolicy.FILES
                .readAll(List.of(folder.resolve("gates/shop.yml")))
                .all()
                .getFirst()
                .checks())
        .extracting(Check::kind)
        .contains("errors_vs_baseline", "latency_vs_baseline");
  }

  @Test
  void plan_secondService_isAddedAndEveryWordOfTheFilesStays() throws Exception {
    page = page("micrometer");
    write("shop", true);
    Path config = folder.resolve("prometheus/prometheus.yml");
    String mine =
        "# mine\n" + Files.readString(config) + "\n# after the jobs\nscrape_config_files: []\n";
    Files.writeString(config, mine);
    Plan.Ready ready = write("stock", false);
    String after = Files.readString(config);
    assertThat(
            after.replaceAll(
                "(?s)\n  # The scrape job of stock.*?service: stock}\n(?=\n# after)", ""))
        .isEqualTo(mine);
    assertThat(PrometheusConfig.read(config).scrapeConfigs())
        .extracting(job -> job.jobName())
        .containsExactly("pharos", "shop", "stock");
    assertThat(ready.project().changes())
        .filteredOn(change -> change.fate() == PendingFiles.Fate.EXTENDED)
        .extracting(change -> change.path().toString())
        .containsExactly("prometheus/prometheus.yml");
    assertThat(file("notifications/alertmanager.yml")).containsOnlyOnce("ServiceDown\"");
  }

  @Test
  void plan_somebodysOwnConfiguration_isExtendedInThreePlaces() throws Exception {
    page = page("gin");
    Files.createDirectories(folder.resolve("prometheus"));
    Files.createDirectories(folder.resolve("notifications"));
    Files.writeString(
        folder.resolve("prometheus/prometheus.yml"),
        """
        rule_files:
        - rules/*.yml   # ours
        scrape_configs:
        - job_name: a
          static_configs: [{targets: ['a:1']}]
        """);
    Files.writeString(
        folder.resolve("notifications/alertmanager.yml"),
        """
        route: {receiver: us}
        receivers: [{name: us}]
        """);
    Plan.Ready ready = write("shop", false);
    assertThat(file("prometheus/prometheus.yml"))
        .contains(
            "- rules/*.yml   # ours\n- ../alert-rules/shop.yml\nscrape_configs:",
            "- job_name: shop");
    assertThat(file("notifications/alertmanager.yml"))
        .startsWith("route: {receiver: us}\n")
        .contains("inhibit_rules:", "ServiceDown");
    assertThat(String.join("\n", ready.notes())).contains("--mail");
    Channels.load(folder.resolve("notifications/alertmanager.yml"));
  }

  @Test
  void plan_configurationInAnotherStyle_isRefusedWithTheTextToPutIn() throws Exception {
    page = page("gin");
    Files.createDirectories(folder.resolve("prometheus"));
    Files.writeString(
        folder.resolve("prometheus/prometheus.yml"), "scrape_configs: [{job_name: a}]\n");
    assertThat(String.join("\n", refusal("shop", false)))
        .contains("nothing was written", "- job_name: shop", "../alert-rules/shop.yml");
    assertThat(files()).hasSize(1);
  }

  @Test
  void plan_jobThatIsThere_isRefusedAndForcedForItsJobAndItsFiles() throws Exception {
    page = page("gin");
    write("shop", false);
    Path rules = folder.resolve("alert-rules/shop.yml");
    Files.writeString(rules, "groups: []\n");
    String config = file("prometheus/prometheus.yml");
    Files.writeString(
        folder.resolve("prometheus/prometheus.yml"),
        config.replace("scrape_interval: 10s\n    scrape_timeout: 5s", "scrape_interval: 77s"));
    assertThat(file("prometheus/prometheus.yml")).isNotEqualTo(config);
    assertThat(String.join("\n", refusal("shop", false))).contains("already", "--force");
    assertThat(Files.readString(rules)).isEqualTo("groups: []\n");
    var forced = (Plan.Ready) plan(service("shop", false), true);
    forced.project().apply();
    assertThat(Files.readString(rules)).contains("ServiceErrors");
    assertThat(file("prometheus/prometheus.yml")).isEqualTo(config);
  }

  @Test
  void plan_otherFileOfItsName_isNotReplacedUnasked() throws Exception {
    page = page("gin");
    Files.createDirectories(folder.resolve("dashboards"));
    Files.writeString(folder.resolve("dashboards/shop.json"), "{}");
    assertThat(String.join("\n", refusal("shop", false)))
        .contains("dashboards/shop.json", "--force");
    assertThat(files()).hasSize(1);
  }

  @Test
  void plan_noPageOfMetrics_isRefusedWithTheReason() throws Exception {
    page = "<html>";
    assertThat(String.join("\n", refusal("shop", false))).contains("is not a metrics page");
    page = "";
    assertThat(String.join("\n", refusal("shop", false))).contains("has no metrics");
    server.removeContext("/metrics");
    assertThat(String.join("\n", refusal("shop", false))).contains("404", "/actuator/prometheus");
    assertThat(files()).isEmpty();
  }

  @Test
  void apply_fileThatCantBeWritten_takesTheOthersBack() throws Exception {
    page = page("gin");
    // A folder stands where the last file goes.
    Files.createDirectories(folder.resolve("docs/runbooks/shop.md.new"));
    var ready = (Plan.Ready) plan(service("shop", false), false);
    var problem = new ArrayList<IOException>();
    try {
      ready.project().apply();
    } catch (IOException e) {
      problem.add(e);
    }
    assertThat(problem).hasSize(1);
    assertThat(files()).isEmpty();
  }
}
