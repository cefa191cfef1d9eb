package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/// The real program with a heap of 256 MiB, which is what docker-compose.yml gives it: what ended
/// it, alone and fifty at once. After each of them it lives, is ready and goes on scraping.
@TestInstance(Lifecycle.PER_CLASS)
class HeapIT {
  private static final int MANY = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
  private static final Map<String, String> FORM =
      Map.of("Content-Type", "application/x-www-form-urlencoded");
  private static final Map<String, String> PROTOBUF =
      Map.of("Content-Type", "application/x-protobuf", "Content-Encoding", "snappy");

  @TempDir static Path folder;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private HttpServer target;
  private PharosProcess pharos;
  private String url;

  @BeforeAll
  void start() throws Exception {
    target = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 100);
    target.setExecutor(threads);
    target.createContext("/", exchange -> page(exchange, out -> line(out, "ok 1\n", 1)));
    target.createContext("/big", exchange -> page(exchange, HeapIT::million));
    target.createContext("/endless", exchange -> page(exchange, HeapIT::endless));
    byte[] bomb = bomb();
    target.createContext(
        "/bomb",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          page(exchange, out -> out.write(bomb));
        });
    target.start();
    String address = "127.0.0.1:" + target.getAddress().getPort();
    var config = new StringBuilder("global: {scrape_interval: 1s, scrape_timeout: 1s}\n");
    config.append("scrape_configs:\n");
    for (String job : List.of("ok", "big", "endless", "bomb")) {
      config.append(
          """
          - job_name: %s
            metrics_path: /%s
            scrape_interval: %s
            scrape_timeout: %s
            static_configs: [{targets: ['%s']}]
          """
              .formatted(
                  job,
                  job.equals("ok") ? "" : job,
                  job.equals("ok") ? "1s" : "5s",
                  job.equals("ok") ? "1s" : "5s",
                  address));
    }
    config.append(
        "- job_name: files\n  file_sd_configs: [{files: ['targets.json'], refresh_interval: 1s}]\n");
    Files.writeString(folder.resolve("prometheus.yml"), config);
    Files.writeString(
        folder.resolve("targets.json"), "[{\"targets\": [\"%s\"]}]".formatted(address));
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: r}\nreceivers: [{name: r}]\n");
    int port = PharosProcess.freePort();
    url = "http://127.0.0.1:" + port;
    pharos =
        PharosProcess.start(
            folder,
            folder.resolve("log"),
            url,
            PharosProcess.serving(
                folder,
                port,
                "--web.enable-remote-write-receiver=true",
                "--web.enable-otlp-receiver=true"),
            Map.of("PHAROS_JAVA_OPTS", "-Xmx256m"));
    pharos.await("ready", PATIENCE, pharos::isReady);
    pharos.await("a scrape", PATIENCE, () -> scrapes() > 0);
  }

  @AfterAll
  void stop() {
    if (pharos != null) {
      pharos.close();
    }
    target.stop(0);
    threads.shutdownNow();
  }

  @AfterEach
  void livesOn() throws Exception {
    assertThat(pharos.isAlive()).as("the process lives; its log ends: %s", tail()).isTrue();
    pharos.await("ready again", PATIENCE, pharos::isReady);
    double before = scrapes();
    pharos.await("the next scrape", PATIENCE, () -> scrapes() > before);
  }

  private String tail() throws IOException {
    String log = pharos.log();
    return log.substring(Math.max(0, log.length() - 1000));
  }

  /// How many scrapes of the healthy target were stored.
  private double scrapes() {
    return metric("pharos_scrapes_total{", "job=\"ok\"", "outcome=\"success\"");
  }

  private double refusals(String limit) {
    return metric("pharos_limit_refusals_total{", "limit=\"" + limit + "\"");
  }

  private double metric(String start, String... labels) {
    return pharos
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(start))
        .filter(line -> List.of(labels).stream().allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private int post(String path, Map<String, String> headers, Supplier<InputStream> body)
      throws Exception {
    return send(path, headers, BodyPublishers.ofInputStream(body));
  }

  private int post(String path, Map<String, String> headers, byte[] body) throws Exception {
    return send(path, headers, BodyPublishers.ofByteArray(body));
  }

  private int send(String path, Map<String, String> headers, HttpRequest.BodyPublisher body)
      throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE).POST(body);
    headers.forEach(request::header);
    return CLIENT.send(request.build(), BodyHandlers.discarding()).statusCode();
  }

  /// How often each status was answered; -1 where the connection ended before.
  private Map<Integer, Integer> atOnce(int count, Callable<Integer> request) throws Exception {
    List<Future<Integer>> all =
        threads.invokeAll(
            IntStream.range(0, count)
                .<Callable<Integer>>mapToObj(
                    _ ->
                        () -> {
                          try {
                            return request.call();
                          } catch (IOException _) { // cut off
                            return -1;
                          }
                        })
                .toList());
    var statuses = new TreeMap<Integer, Integer>();
    for (Future<Integer> one : all) {
      statuses.merge(one.get(), 1, Integer::sum);
    }
    return statuses;
  }

  @Test
  void body_ofSixtyMegabytes_isRefusedByItsLength() throws Exception {
    var body = new byte[60 << 20];
    for (String path : List.of("/api/v1/write", "/api/v2/alerts", "/api/v1/read")) {
      assertThat(atOnce(8, () -> post(path, JSON, body)).keySet()).isSubsetOf(413, -1);
    }
    assertThat(refusals("body")).isPositive();
  }

  @Test
  void body_ofSixtyMegabytes_ofAWrongToken_isNotRead() throws Exception {
    var body = new byte[60 << 20];
    var headers = Map.of("Content-Type", "application/json", "Via", "1.1 proxy");
    assertThat(atOnce(8, () -> post("/api/v2/alerts", headers, body)).keySet())
        .isSubsetOf(401, 403, -1);
  }

  @Test
  void body_withoutAnEnd_isCutOff() throws Exception {
    assertThat(post("/api/v2/alerts", JSON, () -> new Blanks(20 << 20))).isEqualTo(413);
    assertThat(atOnce(20, () -> post("/api/v2/alerts", JSON, () -> new Blanks(20 << 20))).keySet())
        .isSubsetOf(413, 503, -1);
    assertThat(refusals("bodies")).isPositive();
  }

  @Test
  void alerts_aMillionAndAHalfInOnePost_areRefused() throws Exception {
    var body =
        IntStream.range(0, 1_500_000)
            .mapToObj(i -> "{\"labels\":{\"alertname\":\"A" + i + "\"}}")
            .collect(Collectors.joining(",", "[", "]"))
            .getBytes(StandardCharsets.UTF_8);
    assertThat(atOnce(1, () -> post("/api/v2/alerts", JSON, body)).keySet()).isSubsetOf(413, -1);
  }

  @Test
  void alerts_moreThanThereMayBe_areRefused_andKnownOnesGoOn() throws Exception {
    byte[] first = alerts(0, 1);
    assertThat(post("/api/v2/alerts", JSON, first)).isEqualTo(200);
    for (int post = 0; post < 5; post++) {
      assertThat(post("/api/v2/alerts", JSON, alerts(post * 4_000 + 1, 4_000))).isIn(200, 429);
    }
    assertThat(post("/api/v2/alerts", JSON, alerts(100_000, 10))).isEqualTo(429);
    assertThat(post("/api/v2/alerts", JSON, first)).isEqualTo(200);
    assertThat(refusals("alerts")).isPositive();
    assertThat(atOnce(MANY, () -> get("/api/v2/alerts")).keySet()).isSubsetOf(200, 422, 503);
  }

  private static byte[] alerts(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(i -> "{\"labels\":{\"alertname\":\"B" + i + "\"}}")
        .collect(Collectors.joining(",", "[", "]"))
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void json_ofNothingButObjects_isRefused() throws Exception {
    byte[] body = ("[" + "{},".repeat(2_000_000) + "{}]").getBytes(StandardCharsets.UTF_8);
    assertThat(post("/api/v2/alerts", JSON, body)).isEqualTo(413);
    assertThat(atOnce(20, () -> post("/api/v2/alerts", JSON, body)).keySet()).isSubsetOf(413, 503);
  }

  @Test
  void remoteReadAndWrite_ofEmptyParts_areRefused() throws Exception {
    byte[] read = empties(8 << 20);
    byte[] write = empties(16 << 20);
    assertThat(post("/api/v1/read", PROTOBUF, read)).isIn(400, 413);
    assertThat(post("/api/v1/write", PROTOBUF, write)).isEqualTo(413);
    assertThat(atOnce(MANY, () -> post("/api/v1/read", PROTOBUF, read)).keySet())
        .isSubsetOf(400, 413, 503);
    assertThat(atOnce(MANY, () -> post("/api/v1/write", PROTOBUF, write)).keySet())
        .isSubsetOf(413, 503);
  }

  /// A message of empty messages, packed.
  private static byte[] empties(int count) {
    var message = new byte[2 * count];
    byte[] one = new ProtoWriter().message(1, _ -> {}).toByteArray();
    for (int i = 0; i < count; i++) {
      System.arraycopy(one, 0, message, 2 * i, 2);
    }
    return Snappy.encode(message);
  }

  @Test
  void otlp_ofMoreThanABodyMayBeUncompressed_isRefused() throws Exception {
    byte[] bomb = bomb();
    var headers = Map.of("Content-Type", "application/x-protobuf", "Content-Encoding", "gzip");
    String path = "/api/v1/otlp/v1/metrics";
    assertThat(atOnce(MANY, () -> post(path, headers, bomb)).keySet()).isSubsetOf(413, 503);
    assertThat(post(path, headers, bomb)).isEqualTo(413);
  }

  @Test
  void query_ofAMegabyteOfText_isRefused() throws Exception {
    for (String text :
        List.of("1" + "+1".repeat(500_000), "{a=~\"" + "a".repeat(1_000_000) + "\"}")) {
      byte[] form = form(text);
      assertThat(post("/api/v1/query", FORM, form)).isIn(400, 422);
      assertThat(atOnce(MANY, () -> post("/api/v1/query", FORM, form)).keySet())
          .isSubsetOf(400, 422, 503);
    }
    assertThat(refusals("query")).isPositive();
  }

  @Test
  void query_ofFiftyMillionSamples_isRefused() throws Exception {
    for (String text :
        List.of("vector(1)[13000h:1s]", "sum_over_time((vector(0) + time())[1000000s:1s])")) {
      byte[] form = form(text);
      assertThat(post("/api/v1/query", FORM, form)).isEqualTo(422);
      assertThat(atOnce(MANY, () -> post("/api/v1/query", FORM, form)).keySet())
          .isSubsetOf(422, 503);
    }
  }

  private static byte[] form(String query) {
    return ("query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }

  private int get(String path) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE).build();
    return CLIENT.send(request, BodyHandlers.discarding()).statusCode();
  }

  @Test
  void silences_moreThanThereMayBe_areRefused() throws Exception {
    String text =
        """
        {"matchers": [{"name": "a", "value": "%s", "isRegex": false}],
         "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2096-01-01T00:00:00Z",
         "createdBy": "ann", "comment": "%s"}
        """;
    var statuses =
        atOnce(
            400,
            () ->
                post(
                    "/api/v2/silences",
                    JSON,
                    text.formatted(System.nanoTime(), "x".repeat(20_000))
                        .getBytes(StandardCharsets.UTF_8)));
    assertThat(statuses.keySet()).isSubsetOf(200, 429, 503).contains(200, 429);
    assertThat(refusals("silences")).isPositive();
  }

  @Test
  void targets_thatGiveTooMuch_areRefusedAndNamed() throws Exception {
    pharos.await("a refusal of pages", PATIENCE, () -> refusals("page") + refusals("pages") > 0);
    assertThat(get("/targets")).isEqualTo(200);
    assertThat(pharos.get("/targets").body()).contains("--limits.page");
    assertThat(pharos.get("/trouble").body()).contains("--limits.page-bytes");
  }

  @Test
  void targets_twoHundredThousandInAFile_leaveTheOldOnes() throws Exception {
    Path file = folder.resolve("targets.json");
    String good = Files.readString(file);
    Files.writeString(
        file,
        IntStream.range(0, 200_000)
            .mapToObj(i -> "\"10.%d.%d.%d:9\"".formatted(i >> 16, i >> 8 & 255, i & 255))
            .collect(Collectors.joining(",", "[{\"targets\": [", "]}]")));
    try {
      pharos.await("a refusal of targets", PATIENCE, () -> refusals("targets") > 0);
      assertThat(pharos.query("up{job=\"files\"}").size()).isEqualTo(1);
      assertThat(pharos.get("/targets").body()).contains("targets.json");
    } finally {
      Files.writeString(file, good);
    }
  }

  private interface Writing {
    void to(OutputStream out) throws IOException;
  }

  private static void page(HttpExchange exchange, Writing writing) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        writing.to(out);
      }
    } catch (IOException _) { // it had enough
    }
  }

  private static void line(OutputStream out, String format, int number) throws IOException {
    out.write(format.formatted(number).getBytes(StandardCharsets.UTF_8));
  }

  private static void million(OutputStream out) throws IOException {
    for (int i = 0; i < 1_000_000; i += 1000) {
      var lines = new ArrayList<String>();
      for (int j = i; j < i + 1000; j++) {
        lines.add("m{i=\"" + j + "\"} 1\n");
      }
      out.write(String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void endless(OutputStream out) throws IOException {
    byte[] block = "e 1\n".repeat(2000).getBytes(StandardCharsets.UTF_8);
    while (true) {
      out.write(block);
    }
  }

  private static byte[] bomb() throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      byte[] block = "#".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 256; i++) {
        out.write(block);
      }
    }
    return packed.toByteArray();
  }

  /// So many blanks, made as they are read.
  private static final class Blanks extends InputStream {
    private long left;

    Blanks(long left) {
      this.left = left;
    }

    @Override
    public int read() {
      return left-- > 0 ? ' ' : -1;
    }

    @Override
    public int read(byte[] to, int from, int count) {
      if (left <= 0) {
        return -1;
      }
      java.util.Arrays.fill(to, from, from + count, (byte) ' ');
      left -= count;
      return count;
    }
  }
}
