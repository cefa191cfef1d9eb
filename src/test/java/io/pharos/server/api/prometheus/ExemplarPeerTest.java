package io.pharos.server.api.prometheus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.scrape.PlayedScrapes;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.WorkPool;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.Rendering;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Compares the answers with those of a real Prometheus that scrapes the same pages. Skipped
/// without one.
@Tag("peer")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExemplarPeerTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final String OPENMETRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger page = new AtomicInteger();
  private final AtomicInteger served = new AtomicInteger();
  private long now;
  private HttpServer target;
  private Process prometheus;
  private String peer;
  private Tsdb tsdb;
  private WorkPool pool;
  private BiConsumer<byte[], Instant> ours;
  private QueryResource resource;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(Files.isExecutable(PROMETHEUS), "no Prometheus is installed");
    now = Instant.now().getEpochSecond();
    target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    target.createContext(
        "/metrics",
        exchange -> {
          byte[] body = text(page.get());
          exchange.getResponseHeaders().set("Content-Type", OPENMETRICS);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
          served.incrementAndGet();
        });
    target.start();
    String config =
        """
        global: {scrape_interval: 100ms, scrape_timeout: 100ms}
        storage: {exemplars: {max_exemplars: 12}}
        scrape_configs:
          - job_name: app
            static_configs: [{targets: ['127.0.0.1:%d']}]
        """
            .formatted(target.getAddress().getPort());
    Files.writeString(folder.resolve("prometheus.yml"), config);
    int port = freePort();
    peer = "http://127.0.0.1:" + port;
    prometheus =
        new ProcessBuilder(
                PROMETHEUS.toString(),
                "--enable-feature=exemplar-storage",
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    var read = PrometheusConfig.parse("prometheus.yml", config, folder, Map.of());
    var registry = new SimpleMeterRegistry();
    tsdb =
        Tsdb.open(
            folder.resolve("ours"),
            TsdbOptions.defaults()
                .with(draft -> draft.maxExemplars = read.storage().maxExemplars()),
            Instant::now,
            registry);
    ours = PlayedScrapes.scraper(read, tsdb, registry, OPENMETRICS);
    pool = new WorkPool("queries", new WorkPool.Size(1, 1), registry);
    resource =
        new QueryResource(
            _ -> {
              throw new AssertionError("exemplars are no query of samples");
            },
            Instant::now,
            new LargeAnswers(
                MemoryBounds.unbounded(),
                new QueryWork(pool, Duration.ofMinutes(1), System::nanoTime)),
            tsdb.exemplars());
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (prometheus != null) {
      prometheus.destroyForcibly().waitFor();
      target.stop(0);
      tsdb.close();
      pool.close();
    }
  }

  /* Times in seconds before now. Page 1 repeats one of page 0, has one before it, and others of the
   * same time; page 3 has more than there is room for. No escapes: Prometheus 2.53 leaves them as they
   * are written. */
  private byte[] text(int number) {
    String lines =
        switch (number) {
          case 0 ->
              """
              a_total 1 # {trace_id="0a",span_id="ü<&"} 1 -60.25
              h_bucket{le="0.5"} 1 # {trace_id="0b"} 0.25 -60
              h_bucket{le="+Inf"} 2 # {} 1e9 -60.001
              h_count 2
              g 1 # {long="%s"} 1 -60
              """
                  .formatted("x".repeat(125));
          case 1 ->
              """
              a_total 2 # {trace_id="0a",span_id="ü<&"} 1 -60.25
              h_bucket{le="0.5"} 2 # {trace_id="1b"} 0.125 -61
              h_bucket{le="+Inf"} 3 # {trace_id="1c"} 2e9 -60.001
              h_count 3
              """;
          case 2 ->
              """
              a_total 3 # {trace_id="2a"} +Inf -10
              h_bucket{le="0.5"} 3 # {trace_id="2b"} -0 -10
              h_bucket{le="+Inf"} 3 # {trace_id="2c"} 1e-7 -10
              h_count 3
              """;
          default -> {
            var many = new StringBuilder();
            for (int i = 0; i < 10; i++) {
              many.append("b_total{i=\"%d\"} 1 # {trace_id=\"3%d\"} %d -5\n".formatted(i, i, i));
            }
            yield many.toString();
          }
        };
    var absolute = new StringBuilder("# TYPE a counter\n# TYPE h histogram\n# TYPE g gauge\n");
    for (String line : lines.lines().toList()) {
      int time = line.lastIndexOf(" -");
      absolute.append(
          time < 0
              ? line
              : line.substring(0, time + 1) + millis(Double.parseDouble(line.substring(time))));
      absolute.append('\n');
    }
    return absolute.append("# EOF\n").toString().getBytes(UTF_8);
  }

  private String millis(double secondsFromNow) {
    return String.format(Locale.ROOT, "%.3f", now + secondsFromNow);
  }

  /* Serves a page until the next scrape shows that Prometheus has read it. */
  private void show(int number) throws InterruptedException {
    page.set(number);
    int from = served.get();
    while (served.get() < from + 3) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    for (int i = 0; i < 2; i++) {
      ours.accept(text(number), Instant.now());
    }
  }

  private record Asked(int status, JsonNode json) {}

  private Asked peer(String parameters) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(peer + "/api/v1/query_exemplars?" + parameters))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Asked(answer.statusCode(), JSON.readTree(answer.body()));
  }

  private Asked pharos(Map<String, String> parameters) throws IOException {
    var map = new MultivaluedHashMap<String, String>();
    parameters.forEach(map::add);
    try {
      var response = resource.exemplars(new Parameters(map));
      return new Asked(
          response.getStatus(),
          response.getEntity() instanceof Rendering body
              ? JSON.readTree(body.bytes())
              : JSON.missingNode());
    } catch (ApiException e) {
      return new Asked(400, JSON.createObjectNode());
    }
  }

  private void assertSame(Map<String, String> parameters) throws Exception {
    Asked theirs =
        peer(
            String.join(
                "&",
                parameters.entrySet().stream()
                    .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), UTF_8))
                    .toList()));
    Asked our = pharos(parameters);
    assertThat(our.status()).as("%s", parameters).isEqualTo(theirs.status());
    if (our.status() == 200) {
      assertThat(our.json()).as("%s", parameters).isEqualTo(theirs.json());
    }
  }

  private Map<String, String> ask(String query, double start, double end) {
    return Map.of(
        "query", query,
        "start", millis(start),
        "end", millis(end));
  }

  @Test
  void samePages_giveTheSameJson() throws Exception {
    for (int number = 0; number < 4; number++) {
      show(number);
      for (String query :
          List.of(
              "a_total",
              "rate(a_total[5m])",
              "histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m]))) > on() group_left a_total",
              "{__name__=~\".+\"}",
              "h_bucket{le=\"0.5\"}",
              "h_bucket{le!=\"0.5\"} or b_total{i=~\"[3-5]\"}",
              "g",
              "nothing",
              "1",
              "time()",
              "sum(")) {
        assertSame(Map.of("query", query));
        assertSame(ask(query, -60.001, -60));
        assertSame(ask(query, -59, 0));
        assertSame(ask(query, 0, -1));
      }
    }
    assertThat(pharos(Map.of("query", "{__name__=~\".+\"}")).json().path("data").size())
        .as("series with exemplars")
        .isEqualTo(12);
  }
}
