package io.pharos.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.pharos.tap.RoutePattern;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import io.pharos.tap.proxy.Tap;
import io.pharos.tap.proxy.TapOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DemoBackendTest {
  private static final String TOKEN = "test-token-0123456789";
  private static final Pattern SAMPLE = Pattern.compile("^([a-zA-Z_:]+)(\\{.*})? (\\S+)$");

  private final ManualClock clock = new ManualClock();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final HttpClient client = HttpClient.newHttpClient();
  private DemoBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = started(7, 20);
  }

  @AfterEach
  void stop() {
    backend.close();
    client.close();
  }

  private DemoBackend started(long seed, double rate) throws IOException {
    return DemoBackend.start(
        DemoOptions.local(TOKEN)
            .withListenAddress("127.0.0.1", 0)
            .withTraffic(seed, rate, Duration.ZERO)
            .withClock(clock),
        new PrintStream(logged, true, StandardCharsets.UTF_8));
  }

  @Test
  void health_always_saysOk() throws Exception {
    HttpResponse<String> answer = get("/api/v1/health");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"status\":\"ok\"}");
  }

  @Test
  void metrics_withoutToken_isAnEnvelopeWithStatus200() throws Exception {
    HttpResponse<String> answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
    assertThat(answer.body()).startsWith("{\"code\":401,\"msg\":").endsWith("\"data\":null}");
  }

  @Test
  void metrics_withToken_areTextFormatWithEveryNameOfTheContract() throws Exception {
    clock.advance(Duration.ofMinutes(2));
    HttpResponse<String> answer = authorized("/metrics");
    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
    assertThat(
            answer
                .body()
                .lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.substring(7)))
        .contains(
            "http_requests_total counter",
            "http_request_duration_seconds histogram",
            "machine_allocations_total counter",
            "machine_reclamations_total counter",
            "tasks_created_total counter",
            "tasks_completed_total counter",
            "machines_online gauge",
            "db_open_connections gauge",
            "db_idle_connections gauge",
            "db_in_use_connections gauge",
            "db_max_open_connections gauge",
            "go_goroutines gauge",
            "go_memstats_heap_inuse_bytes gauge",
            "go_gc_duration_seconds summary",
            "process_start_time_seconds gauge",
            "process_resident_memory_bytes gauge",
            "promhttp_metric_handler_requests_total counter");
    assertThat(answer.body().lines())
        .allSatisfy(
            line -> assertThat(line.startsWith("#") || SAMPLE.matcher(line).matches()).isTrue());
  }

  @Test
  void durations_haveTheDefaultBucketsAndNoStatus() throws Exception {
    clock.advance(Duration.ofSeconds(30));
    List<String> buckets =
        authorized("/metrics")
            .body()
            .lines()
            .filter(line -> line.startsWith("http_request_duration_seconds_bucket"))
            .filter(line -> line.contains("path=\"/api/v1/customer/machines\""))
            .toList();
    assertThat(
            buckets.stream()
                .map(line -> line.replaceAll(".*le=\"([^\"]+)\".*", "$1"))
                .collect(Collectors.joining(" ")))
        .isEqualTo("0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf");
    assertThat(buckets).noneMatch(line -> line.contains("status="));
    assertThat(sum("http_request_duration_seconds_count", "/api/v1/customer/machines"))
        .isEqualTo(sum("http_requests_total", "/api/v1/customer/machines"));
  }

  @Test
  void traffic_sameSeed_isTheSame() throws Exception {
    try (DemoBackend same = started(7, 20);
        DemoBackend other = started(8, 20)) {
      clock.advance(Duration.ofMinutes(5));
      String mine = authorized("/metrics").body();
      assertThat(page(same)).isEqualTo(mine);
      assertThat(page(other)).isNotEqualTo(mine);
    }
  }

  @Test
  void traffic_overOneMinute_hasTheRateAndIsDominatedByAgents() throws Exception {
    clock.advance(Duration.ofMinutes(1));
    double agents = sum("http_requests_total", "/api/v1/agent/", "/api/v1/proxy/");
    double people = sum("http_requests_total", "/api/v1/") - agents;
    assertThat(people).isCloseTo(1200, within(150.0));
    assertThat(agents).isCloseTo(1800, within(150.0));
  }

  @Test
  void traffic_healthy_hasNo5xxAndFastAnswers() throws Exception {
    clock.advance(Duration.ofMinutes(5));
    assertThat(sum("http_requests_total", "status=\"5")).isZero();
    double all = sum("http_request_duration_seconds_count", "/api/v1/customer/");
    double fast =
        lines("http_request_duration_seconds_bucket", "/api/v1/customer/").stream()
            .filter(line -> line.contains("le=\"0.25\""))
            .mapToDouble(DemoBackendTest::value)
            .sum();
    assertThat(fast / all).isGreaterThan(0.99);
  }

  @Test
  void streams_end_inTheLastBucket() throws Exception {
    clock.advance(Duration.ofMinutes(8));
    List<String> buckets =
        lines("http_request_duration_seconds_bucket", "/api/v1/notifications/stream");
    assertThat(value(buckets.getLast())).isPositive();
    assertThat(value(buckets.get(buckets.size() - 2))).isZero();
  }

  @Test
  void errors_byRatio_areStatus500() throws Exception {
    fault("{\"kind\":\"errors\",\"duration\":\"1m\",\"ratio\":0.25}");
    clock.advance(Duration.ofMinutes(2));
    double failed = sum("http_requests_total", "status=\"500\"");
    assertThat(failed).isCloseTo(300, within(90.0));
    assertThat(lines("http_requests_total", "status=\"500\""))
        .noneMatch(line -> line.contains("/agent/") || line.contains("/stream"));
    assertThat(new String(logged.toByteArray(), StandardCharsets.UTF_8))
        .contains("\"level\":\"error\"", "\"status\":500");
  }

  @Test
  void errors_all_failRealRequestsToo() throws Exception {
    fault("{\"kind\":\"errors\",\"ratio\":1}");
    HttpResponse<String> answer = authorized("/api/v1/customer/machines");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("Internal Server Error");
    assertThat(get("/api/v1/health").statusCode()).isEqualTo(200);
  }

  @Test
  void envelopeErrors_keepStatus200() throws Exception {
    fault("{\"kind\":\"envelope-errors\",\"ratio\":1}");
    assertThat(authorized("/api/v1/customer/machines").body()).contains("\"code\":500");
    clock.advance(Duration.ofMinutes(1));
    assertThat(sum("http_requests_total", "status=\"5")).isZero();
  }

  @Test
  void traffic_throughATap_isServed_andShowsThereWithItsCodes() throws Exception {
    var routes = new RouteTable(DemoBackend.routes().stream().map(RoutePattern::parse).toList());
    try (Tap tap =
        Tap.start(TapOptions.local(URI.create(backend.url())), () -> routes, _ -> true, clock)) {
      backend.visitThrough(URI.create("http://127.0.0.1:" + tap.port()));
      fault("{\"kind\":\"envelope-errors\",\"ratio\":1}");
      clock.advance(Duration.ofSeconds(5));
      assertThat(authorized("/metrics").statusCode()).isEqualTo(200); // makes up what is due
      awaitCount(tap, "code=\"500\"", 50);
      awaitCount(tap, "path=\"/api/v1/agent/heartbeat\",status=\"200\",code=\"0\"", 50);
      assertThat(sum("http_requests_total", "status=\"5")).isZero();
      assertThat(sum("http_requests_total", "/api/v1/agent/heartbeat")).isGreaterThan(50);

      fault("{\"kind\":\"errors\",\"ratio\":1}");
      clock.advance(Duration.ofSeconds(5));
      authorized("/metrics");
      awaitCount(tap, "status=\"500\",code=\"\"", 50);
    }
  }

  @Test
  void requests_besideABurstThroughAProxy_areAllAnswered() throws Exception {
    try (Tap tap =
        Tap.start(
            TapOptions.local(URI.create(backend.url())),
            () -> new RouteTable(List.of()),
            _ -> true,
            clock)) {
      backend.visitThrough(URI.create("http://127.0.0.1:" + tap.port()));
      clock.advance(Duration.ofSeconds(30));
      authorized("/metrics"); // makes up what is due
      for (int i = 0; i < 200; i++) {
        fault("{\"kind\":\"errors\"}");
      }
    }
  }

  @Test
  void routes_areThoseOfTheShippedFile() {
    RouteTable shipped = RoutesFile.read(Path.of("tap", "routes.yml"));
    assertThat(DemoBackend.routes())
        .hasSizeGreaterThan(15)
        .allSatisfy(
            route -> {
              RoutePattern pattern = RoutePattern.parse(route);
              String path = pattern.path().replace(":id", "17");
              assertThat(shipped.pathOf(pattern.method(), path)).isEqualTo(pattern.path());
            });
  }

  private static void awaitCount(Tap tap, String labels, double least) {
    long end = System.nanoTime() + 20_000_000_000L;
    double count = 0;
    while (count < least && System.nanoTime() < end) {
      count =
          tap.meters()
              .text()
              .lines()
              .filter(line -> line.startsWith("pharos_tap_requests_total"))
              .filter(line -> line.contains(labels))
              .mapToDouble(DemoBackendTest::value)
              .sum();
      Thread.onSpinWait();
    }
    assertThat(count).as(labels).isGreaterThanOrEqualTo(least);
  }

  @Test
  void latency_byRatio_movesTheQuantile() throws Exception {
    fault("{\"kind\":\"latency\",\"duration\":\"2m\"}");
    clock.advance(Duration.ofMinutes(1));
    double all = sum("http_request_duration_seconds_count", "/api/v1/customer/");
    double fast =
        lines("http_request_duration_seconds_bucket", "/api/v1/customer/").stream()
            .filter(line -> line.contains("le=\"1\""))
            .mapToDouble(DemoBackendTest::value)
            .sum();
    assertThat(fast / all).isBetween(0.4, 0.6);
    assertThat(sum("db_in_use_connections")).isGreaterThan(10);
  }

  @Test
  void latency_all_delaysRealRequests() throws Exception {
    fault("{\"kind\":\"latency\",\"ratio\":1}");
    long began = System.nanoTime();
    assertThat(authorized("/api/v1/customer/notifications/unread-count").body())
        .contains("\"code\":0");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1400));
  }

  @Test
  void down_closesEveryConnectionButTheSwitch_untilItsTimeIsOver() throws Exception {
    fault("{\"kind\":\"down\",\"duration\":\"1m\"}");
    assertThatThrownBy(() -> get("/api/v1/health")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> authorized("/metrics")).isInstanceOf(IOException.class);
    assertThat(get("/fault").body()).contains("\"kind\":\"down\"", "\"remaining_seconds\":60");
    clock.advance(Duration.ofSeconds(60));
    assertThat(get("/api/v1/health").statusCode()).isEqualTo(200);
    assertThat(get("/fault").body()).isEqualTo("{\"kind\":\"none\"}");
    assertThat(sum("http_requests_total", "/api/v1/agent/"))
        .as("the one tick after the fault")
        .isLessThan(10);
  }

  @Test
  void hang_acceptsAndNeverAnswers_untilItIsSwitchedOff() throws Exception {
    fault("{\"kind\":\"hang\"}");
    HttpRequest impatient =
        HttpRequest.newBuilder(URI.create(backend.url() + "/api/v1/health"))
            .timeout(Duration.ofMillis(400))
            .build();
    assertThatThrownBy(() -> client.send(impatient, HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(HttpTimeoutException.class);
    fault("{\"kind\":\"none\"}");
    assertThat(get("/api/v1/health").statusCode()).isEqualTo(200);
  }

  @Test
  void gpus_areTwelveOnThreeNodes_andHealthy() throws Exception {
    String page = get("/dcgm/metrics").body();
    List<String> utilisation =
        page.lines().filter(line -> line.startsWith("DCGM_FI_DEV_GPU_UTIL{")).toList();
    assertThat(utilisation).hasSize(12);
    assertThat(utilisation)
        .allSatisfy(
            line ->
                assertThat(line)
                    .containsPattern("gpu=\"[0-3]\"")
                    .containsPattern("UUID=\"GPU-[0-9a-f-]{36}\"")
                    .containsPattern("modelName=\"NVIDIA [^\"]+\"")
                    .containsPattern("hostname=\"gpu-node-0[123]\""))
        .allSatisfy(line -> assertThat(value(line)).isBetween(0.0, 100.0));
    assertThat(page)
        .contains(
            "DCGM_FI_DEV_GPU_TEMP{",
            "DCGM_FI_DEV_FB_USED{",
            "DCGM_FI_DEV_FB_FREE{",
            "DCGM_FI_DEV_POWER_USAGE{",
            "DCGM_FI_DEV_SM_CLOCK{",
            "DCGM_FI_DEV_XID_ERRORS{",
            "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{");
    assertThat(page).doesNotContain("DCGM_EXP_XID_ERRORS_COUNT{");
  }

  @Test
  void gpuXid_isCountedForFiveMinutes_andStaysTheLastValueUntilRepaired() throws Exception {
    fault("{\"kind\":\"gpu-xid\",\"duration\":\"1m\"}");
    assertThat(get("/dcgm/metrics").body())
        .containsPattern("DCGM_EXP_XID_ERRORS_COUNT\\{.*hostname=\"gpu-node-02\".*xid=\"79\"} 1\n")
        .containsPattern("DCGM_FI_DEV_XID_ERRORS\\{.*} 79\n");
    clock.advance(Duration.ofMinutes(2));
    assertThat(get("/dcgm/metrics").body()).contains("DCGM_EXP_XID_ERRORS_COUNT{");
    clock.advance(Duration.ofMinutes(4));
    assertThat(get("/dcgm/metrics").body())
        .doesNotContain("DCGM_EXP_XID_ERRORS_COUNT{")
        .containsPattern("DCGM_FI_DEV_XID_ERRORS\\{.*} 79\n");
    fault("{\"kind\":\"none\"}");
    assertThat(get("/dcgm/metrics").body())
        .doesNotContainPattern("DCGM_FI_DEV_XID_ERRORS\\{.*} 79\n");
  }

  @Test
  void gpuFallenOff_isShownNoLonger_untilRepaired() throws Exception {
    fault("{\"kind\":\"gpu-fallen-off\"}");
    assertThat(
            get("/dcgm/metrics").body().lines().filter(l -> l.startsWith("DCGM_FI_DEV_GPU_TEMP{")))
        .hasSize(11)
        .noneMatch(line -> line.contains("hostname=\"gpu-node-02\"") && line.contains("gpu=\"1\""));
    fault("{\"kind\":\"none\"}");
    assertThat(
            get("/dcgm/metrics").body().lines().filter(l -> l.startsWith("DCGM_FI_DEV_GPU_TEMP{")))
        .hasSize(12);
  }

  @ParameterizedTest
  @CsvSource({
    "gpu-exporter-down, /dcgm/metrics, /node/metrics",
    "exporter-down, /node/metrics, /dcgm/metrics"
  })
  void exporterThatIsDown_closesItsConnections_andNoOthers(String kind, String path, String other)
      throws Exception {
    fault("{\"kind\":\"" + kind + "\"}");
    assertThatThrownBy(() -> get(path)).isInstanceOf(IOException.class);
    assertThat(get(other).statusCode()).isEqualTo(200);
    fault("{\"kind\":\"none\"}");
    assertThat(get(path).statusCode()).isEqualTo(200);
  }

  @Test
  void redisDown_isShownByItsExporter_andByMachinesThatLookOffline() throws Exception {
    assertThat(get("/redis/metrics").body()).contains("redis_up 1\n", "redis_memory_max_bytes");
    fault("{\"kind\":\"redis-down\"}");
    clock.advance(Duration.ofSeconds(61));
    assertThat(get("/redis/metrics").body())
        .contains("redis_up 0\n")
        .doesNotContain("redis_memory_used_bytes");
    assertThat(sum("machines_online")).isZero();
  }

  @Test
  void diskFilling_leavesThreePercentOfTheDataOnly() throws Exception {
    assertThat(free("/data")).isCloseTo(0.45, within(0.01));
    fault("{\"kind\":\"disk-filling\",\"duration\":\"1h\"}");
    clock.advance(Duration.ofSeconds(60));
    assertThat(free("/data")).isCloseTo(0.15, within(0.01));
    clock.advance(Duration.ofSeconds(60));
    assertThat(free("/data")).isCloseTo(0.03, within(0.001));
    assertThat(free("/")).isGreaterThan(0.5);
  }

  private double free(String mountpoint) throws Exception {
    String page = get("/node/metrics").body();
    return ofDisk(page, "avail", mountpoint) / ofDisk(page, "size", mountpoint);
  }

  private static double ofDisk(String page, String what, String mountpoint) {
    return page.lines()
        .filter(line -> line.startsWith("node_filesystem_" + what + "_bytes{"))
        .filter(line -> line.contains("mountpoint=\"" + mountpoint + "\""))
        .mapToDouble(DemoBackendTest::value)
        .sum();
  }

  @Test
  void heartbeatsStopped_showTheFleetOfflineAfterThreeMinutes_andHalfOfItHalf() throws Exception {
    fault("{\"kind\":\"heartbeats-stopped\",\"duration\":\"1h\"}");
    clock.advance(Duration.ofMinutes(2));
    double before = sum("http_requests_total", "/api/v1/agent/heartbeat");
    assertThat(sum("machines_online")).isGreaterThan(10);
    clock.advance(Duration.ofMinutes(3));
    assertThat(sum("http_requests_total", "/api/v1/agent/heartbeat")).isEqualTo(before);
    assertThat(sum("machines_online")).isZero();
    fault("{\"kind\":\"fleet-offline\",\"duration\":\"1h\"}");
    clock.advance(Duration.ofMinutes(5));
    assertThat(sum("machines_online")).isBetween(5.0, 6.0);
    assertThat(sum("http_requests_total", "/api/v1/agent/heartbeat")).isGreaterThan(before);
  }

  @Test
  void tls_showsACertificateForLong_andOneThatEndsSoonWhileThatIsTheFault() throws Exception {
    try (DemoBackend secure =
        DemoBackend.start(
            DemoOptions.local(TOKEN)
                .withListenAddress("127.0.0.1", 0)
                .withTlsPort(0)
                .withTraffic(1, 0, Duration.ZERO),
            new PrintStream(logged, true, StandardCharsets.UTF_8))) {
      assertThat(daysLeft(secure)).isBetween(88L, 90L);
      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(URI.create(secure.url() + "/fault"))
                          .POST(
                              HttpRequest.BodyPublishers.ofString(
                                  "{\"kind\":\"certificate-ending\"}"))
                          .build(),
                      HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
      assertThat(daysLeft(secure)).isBetween(1L, 2L);
    }
    assertThat(backend.tlsPort()).isEqualTo(-1);
  }

  /// How long the certificate that a client is shown is good for; nobody trusts it.
  private static long daysLeft(DemoBackend secure) throws Exception {
    var seen = new AtomicReference<X509Certificate>();
    var trust =
        new X509ExtendedTrustManager() {
          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            seen.set(chain[0]);
          }

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            seen.set(chain[0]);
          }

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {
            seen.set(chain[0]);
          }

          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {trust}, null);
    try (var socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", secure.tlsPort())) {
      socket.startHandshake();
    }
    return Duration.between(Instant.now(), seen.get().getNotAfter().toInstant()).toDays();
  }

  @Test
  void authOff_letsAnybodyIn() throws Exception {
    fault("{\"kind\":\"auth-off\"}");
    assertThat(get("/api/v1/admin/alerts").body()).contains("\"code\":0");
    fault("{\"kind\":\"none\"}");
    assertThat(get("/api/v1/admin/alerts").body()).contains("\"code\":401");
  }

  @ParameterizedTest
  @CsvFileSource(
      resources = "bad-faults.csv",
      delimiter = '|',
      quoteCharacter = '~',
      numLinesToSkip = 1)
  void fault_badBody_is400WithFieldValueAndExpected(
      String body, String field, String value, String expected) throws Exception {
    HttpResponse<String> answer = post("/fault", body == null ? "" : body);
    assertThat(answer.statusCode()).isEqualTo(400);
    var json = new com.fasterxml.jackson.databind.ObjectMapper().readTree(answer.body());
    assertThat(json.path("field").asText()).isEqualTo(field);
    assertThat(json.path("value").asText()).contains(value == null ? "" : value);
    assertThat(json.path("expected").asText()).contains(expected);
    assertThat(get("/fault").body()).isEqualTo("{\"kind\":\"none\"}");
  }

  @Test
  void fault_otherMethod_is405() throws Exception {
    HttpRequest delete =
        HttpRequest.newBuilder(URI.create(backend.url() + "/fault")).DELETE().build();
    HttpResponse<String> answer = client.send(delete, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).hasValue("GET, POST");
  }

  @Test
  void login_rightAndWrong_areBothStatus200() throws Exception {
    HttpResponse<String> wrong =
        post("/api/v1/auth/login", "{\"username\":\"admin\",\"password\":\"guess\"}");
    assertThat(wrong.statusCode()).isEqualTo(200);
    assertThat(wrong.body()).contains("\"code\":401");
    assertThat(post("/api/v1/auth/login", "no json").body()).contains("\"code\":401");
    HttpResponse<String> right =
        post("/api/v1/auth/login", "{\"username\":\"admin\",\"password\":\"" + TOKEN + "\"}");
    assertThat(right.body()).contains("\"code\":0", "\"access_token\":\"" + TOKEN + "\"");
    assertThat(post("/api/v1/auth/refresh", "{\"refresh_token\":\"" + TOKEN + "\"}").body())
        .contains("\"expires_in\":86400");
    assertThat(post("/api/v1/auth/refresh", "{}").body()).contains("\"code\":401");
  }

  @Test
  void api_envelopes_followTheContract() throws Exception {
    assertThat(get("/api/v1/admin/alerts").body()).contains("\"code\":401");
    assertThat(authorized("/api/v1/admin/alerts").body()).contains("\"code\":0", "\"list\":[]");
    assertThat(authorized("/api/v1/admin/machines?page=1&page_size=1").body())
        .contains("\"list\":[{\"id\":1,", "\"total\":12");
    assertThat(authorized("/api/v1/customer/machines/3").body()).contains("\"name\":\"gpu-03\"");
    assertThat(authorized("/api/v1/customer/machines/999").body()).contains("\"code\":404");
    assertThat(authorized("/api/v1/customer/tasks").body()).contains("\"status\":\"running\"");
    assertThat(authorized("/api/v1/admin/monitoring/realtime").body())
        .contains("\"online_machines\":12");
    assertThat(get("/api/v1/customer/tasks?token=" + TOKEN).body()).contains("\"code\":0");
    HttpRequest heartbeat =
        HttpRequest.newBuilder(URI.create(backend.url() + "/api/v1/agent/heartbeat"))
            .header("X-Agent-Token", TOKEN)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    assertThat(client.send(heartbeat, HttpResponse.BodyHandlers.ofString()).body())
        .contains("\"code\":0");
    assertThat(new String(logged.toByteArray(), StandardCharsets.UTF_8)).doesNotContain(TOKEN);
  }

  @Test
  void unknownPath_is404_andCountedAsUnknown() throws Exception {
    HttpResponse<String> answer = get("/api/v1/no/such/route");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("404 page not found");
    assertThat(lines("http_requests_total", "path=\"unknown\"")).hasSize(1);
  }

  @Test
  void stream_begins_withConnected() throws Exception {
    assertThat(get("/api/v1/notifications/stream").body()).contains("\"code\":401");
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(backend.url() + "/api/v1/notifications/stream?token=" + TOKEN))
            .build();
    HttpResponse<InputStream> answer =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
      assertThat(new String(body.readNBytes(16), StandardCharsets.UTF_8))
          .isEqualTo("event: connected");
    }
  }

  @Test
  void start_portInUse_saysWhich() {
    assertThatThrownBy(
            () ->
                DemoBackend.start(
                    DemoOptions.local(TOKEN).withListenAddress("127.0.0.1", backend.port()),
                    System.out))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("127.0.0.1:" + backend.port() + ": can't listen");
  }

  @Test
  void selfRequests_areServedAndCounted() throws Exception {
    try (DemoBackend lively =
        DemoBackend.start(
            DemoOptions.local(TOKEN)
                .withListenAddress("127.0.0.1", 0)
                .withTraffic(1, 0, Duration.ofMillis(50)),
            new PrintStream(logged, true, StandardCharsets.UTF_8))) {
      String page;
      do {
        page = page(lively);
      } while (!page.contains("path=\"/api/v1/health\",status=\"200\"")
          || !page.contains("path=\"/api/v1/customer/machines\",status=\"200\""));
      assertThat(page).doesNotContain("/api/v1/agent/");
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(backend.url() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> authorized(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(backend.url() + path))
            .header("Authorization", "Bearer " + TOKEN)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(backend.url() + path))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private void fault(String body) throws Exception {
    assertThat(post("/fault", body).statusCode()).isEqualTo(200);
  }

  private String page(DemoBackend from) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(from.url() + "/metrics"))
                .header("Authorization", "Bearer " + TOKEN)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private List<String> lines(String metric, String... parts) throws Exception {
    return authorized("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
        .filter(line -> parts.length == 0 || List.of(parts).stream().anyMatch(line::contains))
        .toList();
  }

  private double sum(String metric, String... parts) throws Exception {
    return lines(metric, parts).stream().mapToDouble(DemoBackendTest::value).sum();
  }

  private static double value(String line) {
    Matcher matcher = SAMPLE.matcher(line);
    assertThat(matcher.matches()).as(line).isTrue();
    return Double.parseDouble(matcher.group(3));
  }
}
