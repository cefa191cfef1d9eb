package io.pharos.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alert.Alert;
import io.pharos.model.Labels;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AlertmanagerClientTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
  private volatile int status = 200;
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
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    server.start();
    sink =
        new AlertmanagerClient(
            client,
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/am"),
            Duration.ofSeconds(5),
            Optional.of("Bearer secret"),
            registry);
  }

  @AfterEach
  void stop() {
    sink.close();
    server.stop(0);
    client.shutdownNow();
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
    assertThat(registry.get("prometheus_notifications_errors").counter().count()).isEqualTo(1);
  }
}
