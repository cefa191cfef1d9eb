package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.check.CheckCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `pharos check` on the rules and the configuration that a team brings along which has run a
/// Prometheus of its own, without a server and against one.
class RemoteGpuRulesTest {
  static final Path FOLDER = Path.of("src/test/resources/lint/remotegpu");

  @TempDir Path empty;
  private final Map<String, String> answers = new TreeMap<>();
  private final List<String> asked = new ArrayList<>();
  private int status = 200;
  private HttpServer server;
  private String url;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String raw = exchange.getRequestURI().getRawQuery();
          String query = URLDecoder.decode(raw == null ? "" : raw, UTF_8);
          String path = exchange.getRequestURI().getPath();
          String label = path.replaceFirst("/api/v1/label/(.+)/values", "$1");
          String selector = query.replaceFirst("^match\\[\\]=(.*)&start=.*", "$1");
          asked.add(label + " " + selector);
          String data =
              path.startsWith("/api/v1/label/")
                  ? "[" + answers.getOrDefault(label + " " + selector, "") + "]"
                  : answers.getOrDefault(path, "{}");
          byte[] answer = ("{\"status\":\"success\",\"data\":" + data + "}").getBytes(UTF_8);
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  record Outcome(int status, List<String> lines) {
    List<String> about(String check) {
      return lines.stream().filter(line -> line.contains("[" + check + "]")).toList();
    }
  }

  private Outcome check(String... more) {
    return check(empty, more);
  }

  /// What `check` says of the rules; paths of their folder begin with ….
  ///
  /// @param empty a folder of nothing
  static Outcome check(Path empty, String... more) {
    var words =
        new ArrayList<>(
            List.of(
                "--config.file=" + FOLDER.resolve("prometheus.yml"),
                "--rules.dir=" + FOLDER.resolve("rules"),
                "--notifications.file="));
    for (String flag :
        List.of(
            "tests", "slos", "probes", "gates", "rollouts", "migrations", "env", "dashboards")) {
      words.add("--" + flag + ".dir=" + empty);
    }
    words.add("--routes.file=");
    words.addAll(List.of(more));
    var bytes = new ByteArrayOutputStream();
    var stream = new PrintStream(bytes, true, UTF_8);
    int status = new CheckCommand(Map.of(), stream, stream).run(words);
    return new Outcome(
        status,
        bytes.toString(UTF_8).replace(FOLDER.toString() + "/", "").lines().sorted().toList());
  }

  private void seen(String label, String selector, String... values) {
    answers.put(
        label + " " + selector,
        List.of(values).stream().map(value -> '"' + value + '"').collect(Collectors.joining(",")));
  }

  @Test
  void check_ofTheirFiles_namesAllFiveClasses() throws IOException {
    Outcome outcome = check("--label-values.file=" + FOLDER.resolve("label-values.yml"));

    assertThat(String.join("\n", outcome.lines()) + "\n")
        .isEqualTo(Files.readString(FOLDER.resolve("findings.txt")));
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  void check_withoutWhatTheirLabelsCanBe_tellsNothingOfThem() {
    assertThat(check("--label-values.file=").about("promql/value")).isEmpty();
  }

  @Test
  void check_withAReceiver_isNotToldOfOne() throws IOException {
    Path file =
        Files.writeString(
            empty.resolve("alertmanager.txt"),
            """
            route: {receiver: us}
            receivers: [{name: us, webhook_configs: [{url: 'http://localhost/'}]}]
            inhibit_rules:
              - source_matchers: [severity="critical"]
                target_matchers: [alertname=~"DiskSpace.*|GpuTemperature.*"]
                equal: [instance]
            """);

    Outcome outcome = check("--notifications.file=" + file, "--label-values.file=");

    assertThat(outcome.about("alerts/receiver")).isEmpty();
    assertThat(outcome.about("rule/overlap"))
        .extracting(line -> line.replaceFirst("^\\S+ \\S+ \\S+ ", "").replaceFirst(" \\(.*", ""))
        .containsExactly(
            "the condition of the alert implies that of ServiceDown",
            "the condition of the alert implies that of ServiceDown");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void check_receiversWithoutAWay_tellNobody() throws IOException {
    Path file =
        Files.writeString(
            empty.resolve("alertmanager.txt"),
            """
            route: {receiver: nobody}
            receivers: [{name: nobody}]
            """);

    assertThat(check("--notifications.file=" + file).about("alerts/receiver"))
        .singleElement()
        .asString()
        .contains("alertmanager.txt:1: error", "no alert is sent");
  }

  @Test
  void against_aValueThatNeverWas_isAnInfo_andAWarningWhereTheTapSawErrorsWithHttp200() {
    seen("__name__", "{__name__=\"http_requests_total\"}", "http_requests_total");
    seen("status", "{__name__=\"http_requests_total\"}", "200", "404");

    assertThat(check("--against=" + url).about("promql/value"))
        .containsExactly(
            "rules/remotegpu.yml:6: info [promql/value] http_requests_total{status=~\"5..\"}: "
                + url
                + " in 7d has had no such series; values of status were 200, 404");

    seen("code", "pharos_tap_requests_total{code!~\"0?\",status=\"200\"}", "401");

    assertThat(check("--against=" + url).about("promql/value"))
        .singleElement()
        .asString()
        .contains(
            "6: warning",
            "values of status were 200, 404. Errors may have HTTP status 200: the tap has seen"
                + " responses with this status and the code 401");
  }

  @Test
  void against_whatWasThere_isNotTold_andNothingIsGuessed() {
    seen("__name__", "{__name__=\"DCGM_FI_DEV_GPU_TEMP\"}", "DCGM_FI_DEV_GPU_TEMP");
    seen("__name__", "{__name__=\"up\"}", "up");
    seen("job", "{__name__=\"up\"}", "remotegpu-backend");

    List<String> found = check("--against=" + url, "--label-values.file=").lines();

    assertThat(found).noneMatch(line -> line.contains("series of DCGM_FI_DEV_GPU_TEMP"));
    assertThat(found)
        .contains(
            "rules/remotegpu.yml:37: warning [promql/series] "
                + url
                + " in 7d has had no series of DCGM_FI_DEV_FB_FREE; check the name and the targets");
    assertThat(found)
        .contains(
            "rules/remotegpu.yml:81: info [promql/value] up{job=\"node-exporter\"}: "
                + url
                + " in 7d has had no such series; values of job were remotegpu-backend");
    assertThat(asked).doesNotHaveDuplicates();
  }

  @Test
  void against_aLabelThatNoSeriesHas_isAWarning() {
    seen("__name__", "{__name__=\"http_requests_total\"}", "http_requests_total");

    assertThat(check("--against=" + url, "--label-values.file=").about("promql/value"))
        .containsExactly(
            "rules/remotegpu.yml:6: warning [promql/value] http_requests_total{status=~\"5..\"}: "
                + url
                + " in 7d has had series of http_requests_total, but none with the label status; check its name");
  }

  @Test
  void against_aMisspeltLabelOrValue_namesTheNearestOne() {
    seen("__name__", "{__name__=\"http_requests_total\"}", "http_requests_total");
    answers.put("/api/v1/labels", "[\"job\",\"statuz\"]");
    assertThat(check("--against=" + url, "--label-values.file=").about("promql/value"))
        .singleElement()
        .asString()
        .endsWith("but none with the label status: did you mean statuz?");

    seen("job", "{__name__=\"up\"}", "node-exportr");
    seen("__name__", "{__name__=\"up\"}", "up");
    assertThat(check("--against=" + url, "--label-values.file=").about("promql/value"))
        .anyMatch(
            line ->
                line.endsWith("values of job were node-exportr: did you mean \"node-exportr\"?"));
  }

  @Test
  void against_moreValuesThanAreRead_tellsNothing() {
    seen("__name__", "{__name__=\"http_requests_total\"}", "http_requests_total");
    seen(
        "status",
        "{__name__=\"http_requests_total\"}",
        IntStream.range(0, 1000).mapToObj(i -> "s" + i).toArray(String[]::new));

    assertThat(check("--against=" + url, "--label-values.file=").about("promql/value")).isEmpty();
  }

  @Test
  void against_aServerThatRefuses_isToldOnce_andNothingOfItsSeries() {
    status = 503;

    Outcome outcome = check("--against=" + url, "--label-values.file=");

    assertThat(outcome.lines())
        .filteredOn(line -> line.startsWith(url))
        .singleElement()
        .asString()
        .contains("series can't be read: status 503");
    assertThat(asked).hasSize(1);
    assertThat(outcome.about("promql/series")).isEmpty();
    assertThat(outcome.status()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'groups':[{'rules':[{},{}]},{'rules':[{}]}]}|{'activeAlertmanagers':[],'droppedAlertmanagers':[]}|evaluates 3 alerts and has no Alertmanager, so they notify nobody",
        "{'groups':[{'rules':[{}]}]}|{'activeAlertmanagers':[],'droppedAlertmanagers':[{'url':'x'}]}|evaluates 1 alerts and has no Alertmanager, so they notify nobody; relabelling dropped the Alertmanagers that it found",
        "{'groups':[{'rules':[{}]}]}|{'activeAlertmanagers':[{'url':'x'}],'droppedAlertmanagers':[]}|",
        "{'groups':[]}|{'activeAlertmanagers':[],'droppedAlertmanagers':[]}|",
        "{'groups':[{'rules':[{}]}]}|{}|",
      })
  void against_aServerWhoseAlertsGoNowhere_isAnError(
      String rules, String alertmanagers, String message) {
    answers.put("/api/v1/rules", rules.replace('\'', '"'));
    answers.put("/api/v1/alertmanagers", alertmanagers.replace('\'', '"'));

    List<String> told =
        check("--against=" + url).about("alerts/receiver").stream()
            .filter(line -> line.contains(url))
            .toList();

    if (message == null) {
      assertThat(told).isEmpty();
    } else {
      assertThat(told)
          .containsExactly("prometheus.yml: error [alerts/receiver] " + url + " " + message);
    }
  }
}
