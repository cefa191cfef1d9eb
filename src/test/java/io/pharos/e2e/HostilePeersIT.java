package io.pharos.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.bytes.protobuf.ProtoWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged program with a heap of 256 MiB and one hostile peer beside ten good targets: no
/// scrape of a good target is missed, and a critical alert that begins meanwhile is not late.
@Tag("nightly")
class HostilePeersIT {
  private static final int GOOD = 10;
  private static final int INTERVAL = 5; // seconds between scrapes, and between runs of rules
  private static final int POINT = 45; // bytes
  private static final Duration CALM = Duration.ofSeconds(10);
  private static final Duration LOAD = Duration.ofSeconds(30);
  private static final Duration SOON = Duration.ofMinutes(2);

  /// A scrape, a run of the rules, and a second for the message.
  private static final Duration DUE = Duration.ofSeconds(2 * INTERVAL + 1);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir Path folder;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger number = new AtomicInteger();
  private final List<Socket> sockets = new ArrayList<>();
  private StormReceiver receiver;
  private HttpServer server;
  private PharosProcess pharos;
  private String url;
  private volatile boolean failing;
  private volatile boolean over;

  @BeforeEach
  void serve() throws Exception {
    receiver = new StormReceiver();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    server.setExecutor(threads);
    server.createContext("/good", exchange -> answer(exchange, goodPage()));
    server.createContext("/greedy", exchange -> answer(exchange, greedyPage()));
    server.createContext(
        "/redirect",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/redirect/" + number.incrementAndGet());
          exchange.sendResponseHeaders(307, -1);
          exchange.close();
        });
    server.createContext("/endless", HostilePeersIT::endless);
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    over = true;
    for (Socket socket : sockets) {
      socket.close();
    }
    if (pharos != null) {
      pharos.close();
    }
    server.stop(0);
    receiver.close();
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, String page) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      byte[] bytes = page.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static void endless(HttpExchange exchange) {
    try (exchange) {
      exchange.sendResponseHeaders(200, 0);
      OutputStream out = exchange.getResponseBody();
      while (true) {
        out.write(new byte[1 << 14]);
      }
    } catch (IOException _) { // it had enough
    }
  }

  private String goodPage() {
    return "failing " + (failing ? 1 : 0) + "\n" + page("work", 0, 50);
  }

  private String greedyPage() {
    return page("greedy", number.addAndGet(9_000), 9_000);
  }

  /* Built by hand, so that the peer takes little of the time of the machine that it shares. */
  private static String page(String name, int from, int count) {
    var page = new StringBuilder();
    for (int n = from; n < from + count; n++) {
      page.append(name).append("{n=\"").append(n).append("\"} 1\n");
    }
    return page.toString();
  }

  private String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /// @param jobs further scrape configurations
  /// @param hostile the URL of the receiver of all alerts but the critical one
  private void start(String jobs, String hostile, String... flags) throws Exception {
    configure(jobs, "");
    Files.writeString(
        folder.resolve("rules.yml"),
        """
        groups:
          - name: good
            rules: [{alert: Failing, expr: failing == 1, for: 0s, labels: {severity: critical}}]
        """);
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route:
          receiver: hostile
          group_by: ['...']
          group_wait: 0s
          group_interval: 1s
          routes: [{receiver: hook, matchers: [severity=critical], group_by: [alertname]}]
        receivers:
          - {name: hook, webhook_configs: [{url: '%s'}]}
          - name: hostile
            webhook_configs: [{url: '%s', http_config: {follow_redirects: true}}]
        """
            .formatted(receiver.url(), hostile));
    int port = PharosProcess.freePort();
    url = "http://127.0.0.1:" + port;
    var words =
        new ArrayList<>(
            List.of(
                "serve",
                "--config.file=prometheus.yml",
                "--notifications.file=alertmanager.yml",
                "--storage.path=data",
                "--probes.dir=",
                "--gates.dir=",
                "--web.enable-otlp-receiver=true",
                "--web.enable-remote-write-receiver=true",
                "--web.listen-address=127.0.0.1:" + port));
    words.addAll(List.of(flags));
    pharos =
        PharosProcess.start(
            folder, folder.resolve("log"), url, words, Map.of("PHAROS_JAVA_OPTS", "-Xmx256m"));
    pharos.await("readiness", SOON, pharos::isReady);
    pharos.await("all good targets", SOON, () -> pharos.query("up == 1").size() >= GOOD);
  }

  private void configure(String jobs, String ruleFile) throws IOException {
    String targets =
        IntStream.range(0, GOOD)
            .mapToObj(n -> "{targets: ['%s'], labels: {target: '%d'}}".formatted(address(), n))
            .collect(Collectors.joining(", "));
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: %ds, scrape_timeout: %ds, evaluation_interval: %ds}
        rule_files: [rules.yml%s]
        scrape_configs:
          - {job_name: good, metrics_path: /good, static_configs: [%s]}
        %s"""
            .formatted(INTERVAL, INTERVAL, INTERVAL, ruleFile, targets, jobs));
  }

  /// Acts again and again while the good targets are scraped and their alert begins, and judges the
  /// scrapes and the message.
  private void judge(String peer, int actors, Callable<?> act) throws Exception {
    Instant begin = Instant.now();
    var acts = new ArrayList<Future<?>>();
    for (int i = 0; i < actors; i++) {
      acts.add(threads.submit(() -> repeat(act)));
    }
    Thread.sleep(CALM);
    failing = true;
    Duration told =
        pharos.await(
            "the message of the critical alert",
            SOON,
            () -> receiver.missing(Set.of("firing Failing")).isEmpty());
    Thread.sleep(Duration.between(Instant.now(), begin.plus(LOAD)).plusMillis(1));
    over = true;
    for (Future<?> each : acts) {
      each.get();
    }
    Thread.sleep(Duration.ofSeconds(2 * INTERVAL));

    Duration seen = Duration.between(begin, Instant.now()).plusSeconds(INTERVAL);
    JsonNode good = pharos.query("up{job=\"good\"}[" + seen.toSeconds() + "s]");
    int missed = 0;
    for (JsonNode target : good) {
      missed += missed(target.path("values"));
    }
    System.out.printf(
        "hostile peers: %s: missed %d of %d scrapes; the critical alert after %.1f s, due within"
            + " %d s%n",
        peer, missed, seen.toSeconds() / INTERVAL * GOOD, told.toMillis() / 1e3, DUE.toSeconds());
    assertThat(pharos.isAlive()).isTrue();
    assertThat(good).hasSize(GOOD);
    assertThat(missed).as("missed scrapes").isZero();
    assertThat(told).isLessThan(DUE);
  }

  private Void repeat(Callable<?> act) throws InterruptedException {
    while (!over) {
      try {
        act.call();
      } catch (Exception _) { // refused or cut off: it tries again
        Thread.sleep(10);
      }
    }
    return null;
  }

  /* Samples that are 0, and gaps between samples. */
  private static int missed(JsonNode values) {
    int missed = 0;
    double last = values.path(0).path(0).asDouble();
    for (JsonNode sample : values) {
      double time = sample.path(0).asDouble();
      missed += Math.max(0, (int) Math.round((time - last) / INTERVAL) - 1);
      missed += sample.path(1).asText().equals("1") ? 0 : 1;
      last = time;
    }
    return missed;
  }

  private int post(String path, Map<String, String> headers, byte[] body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30));
    headers.forEach(request::header);
    return CLIENT
        .send(request.POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void target_withNineThousandNewSeriesEachSecond_harmsNobody() throws Exception {
    start(greedyJob(1), receiver.url());
    judge("target with new series", 0, () -> null);
  }

  @Test
  void tenTargets_withNineThousandNewSeriesEachSecond_harmsNobody() throws Exception {
    start(greedyJob(10), receiver.url());
    judge("ten targets with new series", 0, () -> null);
  }

  private String greedyJob(int count) {
    String targets =
        IntStream.range(0, count)
            .mapToObj(n -> "{targets: ['%s'], labels: {target: '%d'}}".formatted(address(), n))
            .collect(Collectors.joining(", "));
    return """
      - job_name: greedy
        metrics_path: /greedy
        scrape_interval: 1s
        scrape_timeout: 1s
        static_configs: [%s]
    """
        .formatted(targets);
  }

  @Test
  void otlp_ofTwoMegabytes_harmsNobody() throws Exception {
    start("", receiver.url());
    var type = Map.of("Content-Type", "application/x-protobuf");
    judge("OTLP of 2 MB", 4, () -> post("/api/v1/otlp/v1/metrics", type, points(2 << 20)));
  }

  /// A request with points of new series.
  private byte[] points(int bytes) {
    int first = number.addAndGet(bytes / POINT);
    long now = Instant.now().toEpochMilli() * 1_000_000;
    return metric(
        gauge -> {
          for (int i = 0; i < bytes / POINT; i++) {
            int n = first + i;
            gauge.message(1, point -> point(point, now, "value-" + n));
          }
        });
  }

  private static byte[] metric(Consumer<ProtoWriter> gauge) {
    Consumer<ProtoWriter> metric = it -> it.string(1, "pushed").message(5, gauge);
    return new ProtoWriter()
        .message(1, resource -> resource.message(2, scope -> scope.message(2, metric)))
        .toByteArray();
  }

  private static void point(ProtoWriter point, long nanos, String value) {
    point
        .message(7, it -> it.string(1, "n").message(2, any -> any.string(1, value)))
        .fixed(3, nanos)
        .float64(4, 1);
  }

  @Test
  void otlp_gzipBombs_harmsNobody() throws Exception {
    start("", receiver.url());
    var type = Map.of("Content-Type", "application/x-protobuf", "Content-Encoding", "gzip");
    byte[] empty = new byte[256 << 20];
    byte[] parts = "\n\0".repeat(15 << 20).getBytes(UTF_8);
    byte[] text = "x".repeat(30 << 20).getBytes(UTF_8);
    List<byte[]> bombs =
        List.of(
            gzip(empty),
            gzip(parts),
            gzip(Arrays.copyOf(parts, 7 << 20)),
            gzip(points(30 << 20)),
            gzip(points(7 << 20)),
            gzip(
                metric(
                    gauge -> gauge.message(1, point -> point(point, 1, new String(text, UTF_8))))));
    judge(
        "OTLP gzip bombs",
        16,
        () ->
            post(
                "/api/v1/otlp/v1/metrics",
                type,
                bombs.get(number.getAndIncrement() % bombs.size())));
  }

  private static byte[] gzip(byte[] content) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void tap_withIdleSocketsAndSlowBodies_harmsNobody() throws Exception {
    int port = PharosProcess.freePort();
    Files.createDirectory(folder.resolve("tap"));
    Files.writeString(folder.resolve("tap/routes.yml"), "routes: [POST /good]\n");
    start(
        "",
        receiver.url(),
        "--tap.listen=127.0.0.1:" + port,
        "--tap.metrics-listen=127.0.0.1:" + PharosProcess.freePort(),
        "--tap.max-in-flight=64",
        "--tap.upstream=http://" + address());
    var good = new AtomicInteger();
    var refused = new AtomicInteger();
    for (int i = 0; i < 200; i++) {
      threads.submit(() -> repeat(() -> hold(port, "")));
    }
    String head = "POST /good HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\nx";
    for (int i = 0; i < 120; i++) {
      threads.submit(() -> repeat(() -> hold(port, head)));
    }
    judge(
        "tap with idle sockets and slow bodies",
        4,
        () -> {
          Thread.sleep(50);
          var request =
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/good"))
                  .POST(BodyPublishers.ofString("x".repeat(1000)))
                  .timeout(SOON)
                  .build();
          int status = CLIENT.send(request, BodyHandlers.discarding()).statusCode();
          return (status == 200 ? good : refused).incrementAndGet();
        });
    System.out.printf("  good requests %d, refused %d%n", good.get(), refused.get());
    assertThat(refused).hasValue(0);
  }

  /// Sends a text and nothing more until the connection is closed.
  private int hold(int port, String text) throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      synchronized (sockets) {
        sockets.add(socket);
      }
      socket.getOutputStream().write(text.getBytes(UTF_8));
      return socket.getInputStream().read();
    }
  }

  @Test
  void ruleFile_thatHasNoEnd_harmsNobody() throws Exception {
    reload("rule_files: /dev/zero", "/dev/zero");
  }

  @Test
  void ruleFile_of100MegabytesOfComments_harmsNobody() throws Exception {
    Path file = folder.resolve("comments.yml");
    Files.writeString(file, "# comment\n".repeat(10_000_000));
    reload("100 MB of comments", file.toString());
  }

  @Test
  void ruleFile_of30000Groups_harmsNobody() throws Exception {
    Path file = folder.resolve("groups.yml");
    Files.writeString(
        file,
        "groups:\n" + page("- {name: g%d, rules: [{record: r, expr: vector(1)}]}\n", 0, 30_000));
    reload("30,000 groups", file.toString());
  }

  @Test
  void ruleFile_thatIsAPipe_harmsNobody() throws Exception {
    Path file = folder.resolve("pipe.yml");
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    reload("a pipe as rule file", file.toString());
  }

  private void reload(String peer, String file) throws Exception {
    start("", receiver.url());
    configure("", ", " + file);
    judge(
        peer,
        1,
        () -> {
          Thread.sleep(500);
          return post("/-/reload", Map.of(), new byte[0]);
        });
  }

  @Test
  void receiver_thatRedirects_harmsNobody() throws Exception {
    start("", "http://" + address() + "/redirect");
    judge("receiver that redirects", 1, this::postAlert);
  }

  @Test
  void receiver_thatAnswersWithoutEnd_harmsNobody() throws Exception {
    start("", "http://" + address() + "/endless");
    judge("receiver that answers without end", 1, this::postAlert);
  }

  private int postAlert() throws Exception {
    Thread.sleep(50);
    String alert = "[{\"labels\":{\"alertname\":\"Noise%d\"}}]".formatted(number.incrementAndGet());
    return post(
        "/api/v2/alerts", Map.of("Content-Type", "application/json"), alert.getBytes(UTF_8));
  }
}
