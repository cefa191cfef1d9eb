package io.pharos.remote.otlp;

import static io.pharos.remote.otlp.OtlpRequests.NANOS;
import static io.pharos.remote.otlp.OtlpRequests.attribute;
import static io.pharos.remote.otlp.OtlpRequests.number;
import static io.pharos.remote.otlp.OtlpRequests.request;
import static io.pharos.remote.otlp.OtlpRequests.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sends the same bytes to Debian's VictoriaMetrics, which derives names like Prometheus, and to
/// Pharos, and compares series and values. Debian's Prometheus is built without its OTLP endpoint.
@Tag("peer")
class OtlpPeerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TYPE = "application/x-protobuf";

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();
  private final ReceivingEnd end = new ReceivingEnd();
  private Process process;
  private String url;

  @BeforeEach
  void begin() throws Exception {
    Path program = Path.of("/usr/bin/victoria-metrics");
    assumeTrue(Files.isExecutable(program), "victoria-metrics is not installed");
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    url = "http://127.0.0.1:" + port;
    process =
        new ProcessBuilder(
                program.toString(),
                "-storageDataPath=" + directory.resolve("data"),
                "-retentionPeriod=100y",
                "-httpListenAddr=127.0.0.1:" + port,
                "-search.latencyOffset=0s",
                "-search.disableCache",
                "-opentelemetry.usePrometheusNaming",
                "-loggerLevel=ERROR")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Instant end = Instant.now().plusSeconds(60);
    while (!isReady()) {
      assertThat(Instant.now()).as("VictoriaMetrics is ready").isBefore(end);
      LockSupport.parkNanos(50_000_000);
    }
  }

  @AfterEach
  void end() throws Exception {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  private boolean isReady() throws InterruptedException {
    try {
      return send(HttpRequest.newBuilder(URI.create(url + "/health")).build()).statusCode() == 200;
    } catch (IOException _) { // not yet
      return false;
    }
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /// Sends to both.
  private void push(byte[] body) throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(URI.create(url + "/opentelemetry/v1/metrics"))
                .header("Content-Type", TYPE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(
            send(HttpRequest.newBuilder(URI.create(url + "/internal/force_flush")).build())
                .statusCode())
        .isEqualTo(200);
    assertThat(end.receiver.receive("ann", TYPE, "", body))
        .isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
  }

  /// `labels value` at a time.
  private Set<String> theirs(Instant at) throws Exception {
    String query = URLEncoder.encode("{__name__=~\".+\"}", StandardCharsets.UTF_8);
    JsonNode answer =
        JSON.readTree(
            send(HttpRequest.newBuilder(
                        URI.create(
                            url + "/api/v1/query?query=" + query + "&time=" + at.getEpochSecond()))
                    .build())
                .body());
    var found = new TreeSet<String>();
    for (JsonNode series : answer.path("data").path("result")) {
      var labels = new TreeMap<String, String>();
      series
          .path("metric")
          .properties()
          .forEach(it -> labels.put(it.getKey(), it.getValue().asText()));
      String value = series.path("value").get(1).asText();
      found.add(labels + " " + value);
    }
    return found;
  }

  @Test
  void namesLabelsAndValues_areThoseOfAnotherStore() throws Exception {
    var cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
    Metric explicit =
        Metric.newBuilder()
            .setName("http.server.request.duration")
            .setUnit("s")
            .setHistogram(
                Histogram.newBuilder()
                    .setAggregationTemporality(cumulative)
                    .addDataPoints(
                        HistogramDataPoint.newBuilder()
                            .setTimeUnixNano(NANOS)
                            .setCount(9)
                            .setSum(12.5)
                            .addAllExplicitBounds(List.of(0.005, 0.1, 1.0, 2_500_000.0))
                            .addAllBucketCounts(List.of(1L, 2L, 3L, 2L, 1L))
                            .addAttributes(attribute("http.route", "/a/:id"))))
            .build();
    Metric summary =
        Metric.newBuilder()
            .setName("gc.pause")
            .setUnit("ms")
            .setSummary(
                Summary.newBuilder()
                    .addDataPoints(
                        SummaryDataPoint.newBuilder()
                            .setTimeUnixNano(NANOS)
                            .setCount(3)
                            .setSum(6)
                            .addQuantileValues(
                                SummaryDataPoint.ValueAtQuantile.newBuilder()
                                    .setQuantile(0.99)
                                    .setValue(2))))
            .build();
    push(
        request(
                List.of(),
                sum("jobs.done", "{job}", 7, 0, cumulative),
                sum("net.io", "By", 70, 0, cumulative),
                Metric.newBuilder()
                    .setName("cpu.utilization")
                    .setUnit("1")
                    .setGauge(
                        io.opentelemetry.proto.metrics.v1.Gauge.newBuilder()
                            .addDataPoints(
                                number(0.25, 0, attribute("a.b", "x"), attribute("c_d", "y"))))
                    .build(),
                explicit,
                summary)
            .toByteArray());
    Set<String> theirs = theirs(OtlpRequests.NOW);
    assertThat(theirs).hasSizeGreaterThan(11);
    assertThat(end.series()).isEqualTo(theirs);
  }
}
