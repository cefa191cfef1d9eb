package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The packaged program with few file descriptors, and more clients than that which ask for nothing
/// or never end: it is asked, scrapes and tells as if they were not there.
class SlowClientsIT {
  private static final int DESCRIPTORS = 512;
  private static final int CLIENTS = 700;

  private final AtomicInteger messages = new AtomicInteger();
  private final List<Socket> clients = new ArrayList<>();
  private Path folder;
  private HttpServer receiver;
  private PharosProcess pharos;
  private int port;

  @BeforeEach
  void start() throws Exception {
    folder = Path.of("target", "e2e", "slow-" + ProcessHandle.current().pid());
    Files.createDirectories(folder);
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          messages.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    receiver.start();
    port = PharosProcess.freePort();
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 3s}
        scrape_configs:
          - job_name: self
            static_configs: [{targets: ['127.0.0.1:%d']}]
        """
            .formatted(port));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: hook, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
        receivers:
          - name: hook
            webhook_configs: [{url: 'http://127.0.0.1:%d/'}]
        """
            .formatted(receiver.getAddress().getPort()));
    pharos =
        PharosProcess.serveBy(
            List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + " && exec \"$0\" \"$@\""),
            folder,
            port,
            // However slow the machine is, no time is over: those who hang make way, or nobody.
            "--web.header-timeout=1h",
            "--web.read-timeout=1h");
    pharos.await("readiness", Duration.ofMinutes(2), pharos::isReady);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    pharos.close();
    receiver.stop(0);
  }

  /* Of each kind a third: no byte, half a head, half a body. */
  private void hang(int number) throws IOException {
    var client = new Socket("127.0.0.1", port);
    clients.add(client);
    String host = "Host: 127.0.0.1:" + port + "\r\n";
    String text =
        switch (number % 3) {
          case 0 -> "";
          case 1 -> "GET /-/ready HTTP/1.1\r\n" + host + "X-Slow: ";
          default ->
              "POST /api/v1/query HTTP/1.1\r\n"
                  + host
                  + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 999\r\n\r\nquery=";
        };
    client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void moreSlowClientsThanDescriptors_keepNobodyOut() throws Exception {
    for (int i = 0; i < CLIENTS; i++) {
      hang(i);
    }
    assertThat(pharos.get("/-/ready").statusCode()).isEqualTo(200);

    double before = scrapes();
    pharos.await("a scrape", Duration.ofSeconds(30), () -> scrapes() > before);

    var answer =
        pharos.post(
            "/api/v2/alerts", "[{\"labels\":{\"alertname\":\"Slow\",\"severity\":\"page\"}}]");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    pharos.await("a message", Duration.ofSeconds(30), () -> messages.get() > 0);

    // A busy machine takes them from the kernel's queue one after the other.
    pharos.await(
        "room made for all that came",
        Duration.ofSeconds(60),
        () ->
            metric("pharos_web_connections_closed_total{reason=\"displaced\"}")
                >= CLIENTS - DESCRIPTORS / 2);
    assertThat(metric("pharos_web_connections")).isLessThanOrEqualTo(DESCRIPTORS / 2.0);
    // While they all come at once a scrape may find no descriptor, and is unknown; not any longer.
    pharos.await(
        "sight of all targets",
        Duration.ofSeconds(30),
        () -> metric("pharos_unseen_sources{reason=\"descriptors\"}") == 0);
  }

  /* Windows of nearly a million samples at eleven thousand steps: minutes, whatever the machine. */
  @Test
  void clientThatGoes_endsItsQuery() throws Exception {
    String path =
        "/api/v1/query_range?start=0&end=11000&step=1&query="
            + URLEncoder.encode("sum_over_time(vector(1)[10d:1s])", StandardCharsets.UTF_8);
    try (var client = new Socket("127.0.0.1", port)) {
      client
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      pharos.await(
          "a running query",
          Duration.ofSeconds(30),
          () -> metric("prometheus_engine_queries") == 1);
    }
    pharos.await(
        "the end of the query",
        Duration.ofSeconds(60),
        () -> metric("pharos_work_cancelled_total{pool=\"queries\"}") == 1);
    assertThat(metric("prometheus_engine_queries")).isZero();
  }

  private double scrapes() {
    return found("pharos_scrapes_total{job=\"self\",outcome=\"success\"}").orElse(0);
  }

  private double metric(String series) {
    return found(series).orElseThrow(() -> new AssertionError("no " + series));
  }

  private OptionalDouble found(String series) {
    return pharos
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst();
  }
}
