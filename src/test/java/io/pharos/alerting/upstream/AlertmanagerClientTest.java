package io.pharos.alerting.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AlertmanagerClientTest {
  private final Clients clients = new Clients(InstantSource.system());
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
  private volatile int status = 200;
  private volatile CountDownLatch hold = new CountDownLatch(0);
  private volatile String authorization = "";
  private HttpServer server;
  private AlertmanagerClient sink;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/am/api/v2/alerts",
        exchange -> {
          int answer = status;
          authorization = exchange.getRequestHeaders().getFirst("Authorization");
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          await(hold);
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    server.start();
    sink =
        new AlertmanagerClient(
            clients.open(HttpOptions.bearer(SecretSource.inline("secret"))),
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/am/api/v2/alerts"),
            Duration.ofSeconds(5),
            registry);
  }

  @AfterEach
  void stop() {
    sink.close();
    server.stop(0);
    clients.close();
  }

  /// The server answers once the latch is counted down.
  private CountDownLatch hold() {
    hold = new CountDownLatch(1);
    return hold;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private double count(String what) {
    return registry.get("prometheus_notifications_" + what).counter().count();
  }

  private static Alert alert(String name) {
    return new Alert(
        Labels.of("alertname", name),
        Labels.of("summary", "s"),
        Instant.parse("2026-01-01T00:00:00.123456Z"),
        null,
        "http://x/graph");
  }

  private String next() throws Exception {
    return bodies.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void send_alert_isPostedInAlertmanagersShape() throws Exception {
    sink.send(List.of(alert("Down")));
    var posted = new ObjectMapper().readTree(next()).path(0);
    assertThat(posted.path("labels").path("alertname").asText()).isEqualTo("Down");
    assertThat(posted.path("startsAt").asText()).isEqualTo("2026-01-01T00:00:00.123Z");
    assertThat(posted.has("endsAt")).isFalse();
    assertThat(posted.path("generatorURL").asText()).isEqualTo("http://x/graph");
    assertThat(authorization).isEqualTo("Bearer secret");
  }

  @Test
  void send_wholeSecond_hasItsMillisecondsToo() throws Exception {
    sink.send(
        List.of(
            new Alert(
                Labels.of("alertname", "Down"),
                Labels.empty(),
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("2026-01-01T00:04:00.5Z"),
                "")));

    assertThat(next())
        .contains("\"startsAt\":\"2026-01-01T00:00:00.000Z\"")
        .contains("\"endsAt\":\"2026-01-01T00:04:00.500Z\"");
  }

  @Test
  void send_moreThanTheQueueHolds_dropsTheOldest() throws Exception {
    var held = hold();
    sink.send(List.of(alert("First")));
    assertThat(next()).contains("First");
    sink.send(IntStream.range(0, 10_003).mapToObj(i -> alert("A" + i)).toList());
    held.countDown();

    assertThat(next()).contains("\"A3\"").doesNotContain("\"A2\"");
    assertThat(count("dropped")).isEqualTo(3);
  }

  @Test
  void close_alertsQueued_areStillSentAndLaterOnesAreNot() throws Exception {
    var held = hold();
    sink.send(List.of(alert("First")));
    assertThat(next()).contains("First");
    sink.send(List.of(alert("Second")));
    sink.retire();
    sink.send(List.of(alert("Third")));
    held.countDown();
    sink.close();

    assertThat(bodies).hasSize(1);
    assertThat(next()).contains("Second").doesNotContain("Third");
    assertThat(count("sent")).isEqualTo(2);
  }

  @Test
  void send_manyAlerts_goInBatchesOf256() throws Exception {
    sink.send(IntStream.range(0, 600).mapToObj(i -> alert("A" + i)).toList());
    int seen = 0;
    while (seen < 600) {
      int batch = new ObjectMapper().readTree(next()).size();
      assertThat(batch).isBetween(1, 256);
      seen += batch;
    }
  }

  @Test
  void send_refused_isCountedAndTheNextStillGoes() throws Exception {
    status = 500;
    sink.send(List.of(alert("A")));
    assertThat(next()).isNotNull();
    status = 200;
    sink.send(List.of(alert("B")));
    assertThat(next()).contains("\"B\"");
    sink.close();
    assertThat(count("errors")).isEqualTo(1);
    assertThat(count("dropped")).isEqualTo(1);
    assertThat(count("sent")).isEqualTo(1);
  }
}
