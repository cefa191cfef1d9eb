package io.pharos.server.app;

import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the service with a real Prometheus that has the same rules and target, writes its
/// samples to the service and reads them back. Skipped without an installed Prometheus.
@QuarkusTest
@Tag("peer")
@Tag("peer")
class PrometheusPeerTest {
  /* Fields of only this service or only newer versions of Prometheus. */
  private static final List<String> EXTRA =
      List.of(
          "/data/serverTime",
          "/data/groups/*/rules/*/labels",
          "/data/droppedTargets/*/scrapePool",
          "/infos");

  /* Objects whose keys are data. */
  private static final Pattern OPEN =
      Pattern.compile(
          ".*/(labels|annotations|metric|discoveredLabels|droppedTargetCounts|target)|/data/\\*"
              + "|/data");

  @TempDir static Path directory;
  private static Process prometheus;
  private static URI prometheusUrl;

  @TestHTTPResource("/")
  URI service;

  private PeerClient ours;
  private PeerClient theirs;

  private static boolean isInstalled(String command) {
    return Files.isExecutable(Path.of("/usr/bin", command));
  }

  @BeforeEach
  void bothRun() throws IOException {
    assumeTrue(isInstalled("prometheus") && isInstalled("promtool"), "no Prometheus is installed");
    if (prometheus == null) {
      prometheusUrl = URI.create("http://127.0.0.1:" + freePort());
      prometheus = start();
      theirs = new PeerClient(prometheusUrl);
      theirs.eventually("/api/v1/alerts", "/data/alerts/0/state", "firing");
      ours = new PeerClient(service);
      ours.eventually("/api/v1/alerts", "/data/alerts/0/state", "firing");
      ours.eventually(
          "/api/v1/query?query=up%7Bpeer%3D%22p%22,job%3D%22self%22%7D",
          "/data/result/0/value/1", "1");
      ours.eventually("/api/v1/targets", "/data/activeTargets/0/health", "down");
      theirs.eventually("/api/v1/targets", "/data/activeTargets/0/health", "down");
      theirs.eventually(
          "/api/v1/query?query=up%7Bjob%3D%22self%22%7D", "/data/result/0/value/1", "1");
      ours.eventually(
          "/api/v1/metadata?metric=go_goroutines", "/data/go_goroutines/0/type", "gauge");
    }
    theirs = new PeerClient(prometheusUrl);
    ours = new PeerClient(service);
  }

  private Process start() throws IOException {
    String base = service.toString().replaceAll("/$", "");
    for (String rules : List.of("rules.yml", "zz_hostile.yml")) {
      Files.copy(Path.of("src/test/resources/service", rules), directory.resolve(rules));
    }
    Files.writeString(
        directory.resolve("prometheus.yml"),
        """
        global:
          evaluation_interval: 1s
          external_labels: {peer: p}
        rule_files: [rules.yml, zz_hostile.yml]
        alerting:
          alertmanagers: [{static_configs: [{targets: ['127.0.0.1:9']}]}]
        remote_write:
          - url: '%s/api/v1/write'
            metadata_config: {send_interval: 1s}
            # The service's own rules would make alerts of these, which clash with those sent.
            write_relabel_configs: [{source_labels: [__name__], regex: 'one|ALERTS.*', action: drop}]
        remote_read: [{url: '%s/api/v1/read', read_recent: true}]
        scrape_configs:
          - job_name: nowhere
            scrape_interval: 1s
            scrape_timeout: 1s
            static_configs: [{targets: ['127.0.0.1:9']}]
          - job_name: self
            scrape_interval: 1s
            static_configs: [{targets: ['%s']}]
        """
            .formatted(base, base, prometheusUrl.getAuthority()));
    return new ProcessBuilder(
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--web.listen-address=" + prometheusUrl.getAuthority())
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (prometheus != null) {
      prometheus.destroy();
      prometheus.waitFor(20, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/query?query=one",
        "/api/v1/query?query=1",
        "/api/v1/query?query=%22a%22",
        "/api/v1/query?query=one%5B10s%5D",
        "/api/v1/query?query=one&stats=all",
        "/api/v1/query?query=nothing",
        "/api/v1/query_range?query=one&start={from}&end={now}&step=1s",
        "/api/v1/query_range?query=1&start={from}&end={now}&step=10&stats=all",
        "/api/v1/query_exemplars?query=one&start={from}&end={now}",
        "/api/v1/series?match%5B%5D=one",
        "/api/v1/labels",
        "/api/v1/labels?match%5B%5D=nothing",
        "/api/v1/label/__name__/values",
        "/api/v1/rules",
        "/api/v1/rules?type=record",
        "/api/v1/rules?type=alert&exclude_alerts=true",
        "/api/v1/rules?rule_name%5B%5D=nothing",
        "/api/v1/alerts",
        "/api/v1/targets",
        "/api/v1/targets?state=dropped",
        "/api/v1/scrape_pools",
        "/api/v1/alertmanagers",
        "/api/v1/metadata",
        "/api/v1/metadata?limit=1&limit_per_metric=1",
        "/api/v1/metadata?limit_per_metric=0",
        "/api/v1/metadata?limit=0",
        "/api/v1/targets?state=ACTIVE",
        "/api/v1/targets?state=other",
        "/api/v1/metadata?metric=nothing",
        "/api/v1/targets/metadata?metric=nothing",
        "/api/v1/format_query?query=up",
        "/api/v1/status/config",
        "/api/v1/status/runtimeinfo",
        "/api/v1/status/buildinfo",
        "/api/v1/status/tsdb",
        "/api/v1/status/tsdb?limit=1",
        "/api/v1/status/walreplay"
      })
  void answer_hasTheFieldsAndTypesOfPrometheus(String path) {
    PeerClient.Answer their = theirs.get(filled(path));
    PeerClient.Answer our = ours.get(filled(path));
    assertThat(our.status()).as(our.body()).isEqualTo(their.status());
    assertThat(our.contentType()).startsWith("application/json");
    var ourShape = new TreeMap<String, String>();
    var theirShape = new TreeMap<String, String>();
    shape("", our.json(), ourShape);
    shape("", their.json(), theirShape);
    var surplus = new TreeMap<>(ourShape);
    surplus.keySet().removeAll(theirShape.keySet());
    EXTRA.forEach(surplus::remove);
    assertThat(surplus).as("only ours: " + our.body()).isEmpty();
    theirShape.keySet().removeIf(place -> place.startsWith("/warnings"));
    theirShape.forEach(
        (place, type) ->
            assertThat(ourShape.get(place))
                .as(place + " in " + our.body() + "\nPrometheus: " + their.body())
                .isIn(type.equals("NULL") ? List.of("NULL", "OBJECT", "ARRAY") : List.of(type)));
  }

  private static String filled(String path) {
    long now = Instant.now().getEpochSecond();
    return path.replace("{now}", Long.toString(now)).replace("{from}", Long.toString(now - 30));
  }

  /* Each JSON path with its type; the elements of a list share a path. */
  private static void shape(String at, JsonNode node, TreeMap<String, String> places) {
    places.put(at, node.getNodeType().name());
    if (node.isArray()) {
      node.forEach(element -> shape(at + "/*", element, places));
    } else if (node.isObject() && !(OPEN.matcher(at).matches() && isData(node))) {
      node.properties()
          .forEach(field -> shape(at + "/" + field.getKey(), field.getValue(), places));
    } else if (node.isObject()) {
      node.forEach(element -> shape(at + "/+", element, places));
    }
  }

  /* The answer of "metadata" has metrics for keys, the other ones have fields. */
  private static boolean isData(JsonNode node) {
    return node.isEmpty()
        || node.properties().stream().allMatch(field -> field.getValue().isTextual())
            && !node.has("yaml")
            && !node.has("version")
        || node.properties().stream().allMatch(field -> field.getValue().isNumber())
            && !node.has("min")
        || node.properties().stream()
            .allMatch(field -> field.getValue().isArray() && field.getValue().path(0).has("help"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /api/v1/query_range?query=up                                    | all
          /api/v1/query_range?query=up&start=1                            | all
          /api/v1/query_range?query=up&start=1&end=2                      | all
          /api/v1/query_range?query=up&start=2&end=1&step=1               | all
          /api/v1/query_range?query=up&start=1&end=2&step=0               | all
          /api/v1/query_range?query=up&start=1&end=2&step=x               | all
          /api/v1/query_range?query=up&start=0&end=11001&step=1           | all
          /api/v1/query_range?query=up%5B1m%5D&start=1&end=2&step=1       | all
          /api/v1/query?query=up&timeout=x                                | all
          /api/v1/query?query=sum(                                        | type
          /api/v1/query?query=                                            | type
          /api/v1/query?query=up&time=x                                   | type
          /api/v1/query?query=label_replace(up,%22a%22,%22b%22,%22c%22,%22(%22) | type
          /api/v1/series                                                  | all
          /api/v1/series?match%5B%5D=%7B%7D                               | type
          /api/v1/series?match%5B%5D=up&start=2&end=1                     | type
          /api/v1/labels?start=x                                          | all
          /api/v1/format_query?query=sum(                                 | type
          /api/v1/metadata?limit=x                                        | all
          /api/v1/metadata?limit_per_metric=x                             | all
          /api/v1/targets/metadata?limit=x                                | all
          /api/v1/targets/metadata?match_target=%7B                       | type
          /api/v1/status/tsdb?limit=0                                     | all
          /api/v1/query?query=one&lookback_delta=x                        | type
          /api/v1/query_exemplars?query=sum(                              | type
          /api/v1/query_exemplars?query=one&start=2&end=1                 | all
          /api/v1/query_exemplars?query=one&start=x                       | all
          /api/v1/status/tsdb?limit=x                                     | all
          /api/v1/labels?match%5B%5D=%7B%7D                               | type
          /api/v1/label/__name__/values?match%5B%5D=%7Ba=~%22.*%22%7D     | type
          /api/v1/series?match%5B%5D=up&limit=-1                          | type
          /api/v1/rules?type=x                                            | all
          /api/v1/rules?exclude_alerts=x                                  | type
          /api/v1/none                                                    | none
          """)
  void error_isThatOfPrometheus(String path, String equal) {
    PeerClient.Answer their = theirs.get(path);
    PeerClient.Answer our = ours.get(path);
    assertThat(our.status())
        .as(our.body() + "\nPrometheus: " + their.body())
        .isEqualTo(their.status());
    if (equal.equals("none")) {
      assertThat(our.body().strip()).isEqualTo(their.body().strip());
      return;
    }
    assertThat(our.json().path("status")).isEqualTo(their.json().path("status"));
    assertThat(our.json().path("errorType")).isEqualTo(their.json().path("errorType"));
    if (equal.equals("all")) {
      assertThat(our.json().path("error")).isEqualTo(their.json().path("error"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/query?query=1e300&time=1.5",
        "/api/v1/query?query=-1e-9&time=1.25",
        "/api/v1/query?query=vector(1e300)&time=1.5",
        "/api/v1/query?query=vector(-1e-7)&time=0.001",
        "/api/v1/query?query=vector(123456789.5)&time=1795570842.417",
        "/api/v1/query?query=vector(0/0)&time=1",
        "/api/v1/query?query=vector(-1/0)&time=-1.5",
        "/api/v1/query?query=-vector(0)&time=10",
        "/api/v1/query?query=%22a%5Cn%C3%A4%22&time=2.25",
        "/api/v1/query?query=vector(1)&time=1&lookback_delta=0",
        "/api/v1/query_range?query=time()&start=0.5&end=2&step=0.25",
        "/api/v1/query_range?query=1&start=0&end=11000&step=1&limit=0",
        "/api/v1/query?query=nothing&time=1"
      })
  void answer_isTheSameText(String path) {
    assertThat(ours.get(path).body()).isEqualTo(theirs.get(path).body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum(rate(a{b='c',d=~\"e.*\"}[5m] offset 1h))by(f,g)/on(f)group_left(g)max(h)>bool 2",
        "histogram_quantile(0.99, sum by (le, service, namespace) (rate(http_request_duration_seconds_bucket{namespace=\"production\"}[5m])))",
        "sum(rate(http_requests_total{code=~\"5..\", job=\"a-very-long-name-of-a-job\"}[5m])) / ignoring(code) group_left sum(rate(http_requests_total{job=\"a-very-long-name-of-a-job\"}[5m])) or vector(0)",
        "max_over_time((sum(rate(http_requests_total{code=~\"5..\", job=\"a-very-long-name-of-a-job\"}[5m])) > 0.123456789)[1h:5m] @ 123 offset 5m)",
        "-topk(5, sum without (instance, pod, container, endpoint) (increase(container_cpu_usage_seconds_total{namespace!=\"\"}[1h])))"
      })
  void expression_isFormattedAlike(String expression) {
    String form = "query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8);
    String type = "application/x-www-form-urlencoded";
    byte[] body = form.getBytes(StandardCharsets.UTF_8);
    assertThat(ours.post("/api/v1/format_query", type, body).json().path("data").asText())
        .isEqualTo(theirs.post("/api/v1/format_query", type, body).json().path("data").asText());
  }

  @Test
  void federation_isTheSameText() {
    String path = "/federate?match%5B%5D=one&match%5B%5D=ALERTS";
    String their = theirs.get(path).body();
    String our = ours.get(path).body();
    assertThat(lines(our))
        .isEqualTo(lines(their.replace(",peer=\"p\"", "").replace("peer=\"p\",", "")));
  }

  private static List<String> lines(String text) {
    return text.lines()
        .map(line -> line.startsWith("#") ? line : line.replaceAll(" \\d+$", " TIME"))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  @Test
  void remoteRead_givesPrometheusWhatItWrote() throws Exception {
    ours.post(
        "/api/v1/write",
        "application/x-protobuf",
        body(
            seriesV1(
                List.of("__name__", "only_here", "peer", "p", "x", "ä"),
                series -> {
                  long now = Instant.now().toEpochMilli();
                  for (int i = 300; i > 0; i--) {
                    sample(now - i * 997L, i % 7 == 0 ? i : i * 1e-3).accept(series);
                  }
                })));
    String query =
        "/api/v1/query?query=%7B__name__%3D%22only_here%22%7D%5B10m%5D&time="
            + Instant.now().getEpochSecond();
    JsonNode our = ours.get(query).json().at("/data/result/0/values");
    JsonNode their = theirs.get(query).json().at("/data/result/0/values");
    assertThat(our.size()).isEqualTo(300);
    assertThat(their).isEqualTo(our);
    assertThat(
            theirs
                .get("/api/v1/query?query=only_here")
                .json()
                .at("/data/result/0/metric")
                .toString())
        .isEqualTo("{\"__name__\":\"only_here\",\"x\":\"ä\"}");
  }

  @Test
  void remoteWrite_ofPrometheusItself_isWholeAndUnrefused() throws IOException {
    ours.eventually(
        "/api/v1/query?query=go_goroutines%7Bpeer%3D%22p%22%7D",
        "/data/result/0/metric/job", "self");
    JsonNode failed =
        theirs.get("/api/v1/query?query=prometheus_remote_storage_samples_failed_total").json();
    assertThat(failed.at("/data/result/0/value/1").asText())
        .as(Files.readString(directory.resolve("log")))
        .isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "query instant URL one",
        "query instant -o json URL vector(1)>0",
        "query range URL one --start=START --end=END --step=1s",
        "query series URL --match=one",
        "query labels URL __name__ --match=one"
      })
  void promtool_readsBothAlike(String command) throws Exception {
    assertThat(times(promtool(command, service)))
        .isEqualTo(times(promtool(command, prometheusUrl)));
  }

  private static String times(String text) {
    // Prometheus can't request labels by remote read, and warns.
    return text.replace("query warning: not implemented\n", "")
        .replaceAll("@\\[[0-9.]+\\]", "@")
        .replaceAll("\\[\\d+(\\.\\d+)?,", "[T,");
  }

  private static String promtool(String command, URI url) throws Exception {
    long now = Instant.now().getEpochSecond();
    var words = new ArrayList<>(List.of("promtool"));
    for (String word : command.split(" ")) {
      words.add(
          word.equals("URL")
              ? url.toString().replaceAll("/$", "")
              : word.replace("START", Long.toString(now - 2)).replace("END", Long.toString(now)));
    }
    var process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void promtool_pushesMetrics() throws Exception {
    Path file = directory.resolve("pushed.txt");
    Files.writeString(
        file,
        """
        # HELP promtool_pushed_total Pushed by promtool.
        # TYPE promtool_pushed_total counter
        promtool_pushed_total{a="b"} 5
        """);
    promtool("push metrics " + service + "api/v1/write " + file + " --label=job=x", service);
    assertThat(
            ours.get("/api/v1/query?query=promtool_pushed_total")
                .json()
                .at("/data/result/0")
                .toString())
        .contains("{\"__name__\":\"promtool_pushed_total\",\"a\":\"b\",\"job\":\"x\"}", "\"5\"");
  }
}
