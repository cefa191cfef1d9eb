package io.pharos.remote.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Writes the same samples out of order to the real Prometheus and to Pharos: both reject the same
/// samples for the same reasons. Skipped if Prometheus is not installed.
@Tag("peer")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OutOfOrderPeerTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private long base;
  private Process prometheus;
  private String peer;
  private Tsdb tsdb;
  private WriteReceiver receiver;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(PROMETHEUS), "no Prometheus is installed");
    base = Instant.now().minus(Duration.ofHours(4)).toEpochMilli() / 1_000 * 1_000;
    String config = "storage: {tsdb: {out_of_order_time_window: 30m}}\n";
    Files.writeString(folder.resolve("prometheus.yml"), config);
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    peer = "http://127.0.0.1:" + port;
    prometheus =
        new ProcessBuilder(
                PROMETHEUS.toString(),
                "--web.enable-remote-write-receiver",
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    var read = PrometheusConfig.parse("prometheus.yml", config, folder, Map.of());
    var registry = new SimpleMeterRegistry();
    /* Prometheus' limit is an hour before the newest sample, that of Pharos an hour before now; a
     * clock at the newest sample makes them equal. */
    tsdb =
        Tsdb.open(
            folder.resolve("ours"),
            TsdbOptions.defaults(),
            () -> Instant.ofEpochMilli(tsdb == null ? base : Math.max(base, tsdb.newestMillis())),
            registry);
    tsdb.outOfOrderWindow(read.storage().outOfOrderWindow());
    receiver =
        new WriteReceiver(
            tsdb, new ReceivedMetadata(), Instant::now, MemoryBounds.unbounded(), registry);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!ready() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  private boolean ready() throws InterruptedException {
    try {
      return get("/-/ready").statusCode() == 200;
    } catch (IOException _) {
      return false;
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(peer + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (prometheus != null) {
      prometheus.destroyForcibly().waitFor();
      tsdb.close();
    }
  }

  private byte[] body(String name, long[] seconds, double[] values) {
    return WriteRequests.body(
        WriteRequests.seriesV1(
            List.of("__name__", name),
            series -> {
              for (int i = 0; i < seconds.length; i++) {
                WriteRequests.sample(base + seconds[i] * 1_000, values[i]).accept(series);
              }
            }));
  }

  /// The answers of Prometheus and of Pharos.
  private record Answers(int theirs, String theirReason, int ours, String ourReason) {}

  private Answers write(String name, long second, double value) throws Exception {
    byte[] body = body(name, new long[] {second}, new double[] {value});
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(peer + "/api/v1/write"))
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    WriteReceiver.Outcome outcome =
        receiver.receive("ann", "application/x-protobuf", "snappy", body);
    return new Answers(
        answer.statusCode(),
        answer.body().strip(),
        outcome instanceof WriteReceiver.Outcome.Written ? 204 : 400,
        outcome instanceof WriteReceiver.Outcome.PartlyRefused(var _, var _, List<String> reasons)
            ? String.join("; ", reasons)
            : "");
  }

  /// A sample's series, second and value, and both answers.
  private void expect(String name, long second, double value, int status, String reason)
      throws Exception {
    Answers answers = write(name, second, value);
    assertThat(answers.theirs).as("%s at %d", answers, second).isEqualTo(status);
    assertThat(answers.ours).as("%s at %d", answers, second).isEqualTo(status);
    assertThat(answers.theirReason).startsWith(reason);
    assertThat(answers.ourReason).startsWith(reason);
  }

  @Test
  void samples_aroundTheWindow_areAcceptedAndRejectedAlike() throws Exception {
    expect("a", 0, 1, 204, "");
    expect("a", 3_600, 2, 204, "");
    expect("a", 3_600, 2, 204, "");
    expect("a", 3_600, 3, 400, "duplicate sample for timestamp");
    expect("a", 1_800, 4, 204, "");
    expect("a", 1_800, 4, 204, "");
    expect("a", 1_799, 4, 400, "too old sample");
    expect("a", 2_400, 4, 204, "");
    expect("b", 10_000, 4, 204, "");
    expect("a", 8_200, 6, 204, "");
    expect("a", 8_199, 6, 400, "too old sample");
    expect("a", 3_601, 6, 400, "too old sample");
    expect("c", 6_400, 6, 204, "");
    expect("c", 6_399, 6, 400, "too old sample");
    expect("d", 6_399, 6, 400, "too old sample");
    expect("d", 8_300, 6, 204, "");
    /* The one difference: Prometheus silently drops another value at the time of a late sample. */
    expect("a", 9_000, 1, 204, "");
    expect("a", 8_500, 2, 204, "");
    Answers conflict = write("a", 8_500, 3);
    assertThat(conflict.theirs).isEqualTo(204);
    assertThat(conflict.ourReason).startsWith("duplicate sample for timestamp");

    assertThat(ours()).isEqualTo(theirs()).hasSize(4);
  }

  @Test
  void samples_inAnyOrder_areThereAlike() throws Exception {
    var random = new Random(3);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      String name = List.of("a", "b", "c", "d").get(random.nextInt(4));
      long second = i * 20 + random.nextInt(2_400);
      Answers answers = write(name, second, second / 8.0);
      assertThat(answers.ours).as("%s", answers).isEqualTo(answers.theirs);
      refused += answers.ours == 400 ? 1 : 0;
    }
    assertThat(refused).isBetween(1, 200);
    assertThat(ours()).isEqualTo(theirs()).hasSize(4);
  }

  private Map<String, Map<Long, Double>> theirs() throws Exception {
    var all = new TreeMap<String, Map<Long, Double>>();
    String query = URLEncoder.encode("{__name__=~\".\"}[4h]", StandardCharsets.UTF_8);
    long time = base / 1_000 + 4 * 3_600;
    JsonNode series =
        JSON.readTree(get("/api/v1/query?time=" + time + "&query=" + query).body())
            .at("/data/result");
    for (JsonNode one : series) {
      var samples = new TreeMap<Long, Double>();
      for (JsonNode pair : one.get("values")) {
        samples.put(
            Math.round(pair.get(0).asDouble() * 1_000), Double.valueOf(pair.get(1).asText()));
      }
      all.put(one.at("/metric/__name__").asText(), samples);
    }
    return all;
  }

  private Map<String, Map<Long, Double>> ours() {
    var all = new TreeMap<String, Map<Long, Double>>();
    SeriesSet set =
        tsdb.select(
            List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".")), 0, Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, 0, Long.MAX_VALUE, window);
      var samples = new TreeMap<Long, Double>();
      for (int j = 0; j < window.size(); j++) {
        samples.put(window.timestamp(j), window.value(j));
      }
      all.put(set.labels(i).metricName(), samples);
    }
    return all;
  }
}
