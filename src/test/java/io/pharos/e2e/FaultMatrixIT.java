package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import io.pharos.Nightly;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The faults of the demo on the demo stack: the packaged program, the shipped files with other
/// ports, a mail server, a Slack and a webhook that record. One page that names the cause, its end,
/// and nothing else. A few faults in every build, all of them at night.
///
/// How long it takes is printed and fails nothing: that is for virtual time
/// (`io.pharos.faults.FaultMatrixTest`).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FaultMatrixIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// How long nothing may be told once the end was: at night as long as what looks back ten minutes
  /// could still be of another mind.
  private static final Duration WATCHED =
      Nightly.isOn() ? Duration.ofMinutes(12) : Duration.ofSeconds(10);

  private static final Duration HEALTH =
      Nightly.isOn() ? Duration.ofMinutes(20) : Duration.ofSeconds(15);

  /// @param cause the alert that tells of it
  /// @param most how long to wait for its page
  record Fault(String name, String kind, String cause, String probeInterval, Duration most) {
    Fault(String kind, String cause, int minutes) {
      this(kind, kind, cause, "30s", Duration.ofMinutes(minutes));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /// A message to the webhook.
  record Told(Instant at, String status, List<String> alerts) {}

  private final List<Told> told = new CopyOnWriteArrayList<>();
  private final AtomicInteger slack = new AtomicInteger();
  private final List<String> table = new ArrayList<>();
  private Path folder;
  private int port;
  private int backendPort;
  private int tlsPort;
  private GreenMail mail;
  private HttpServer receiver;
  private PharosProcess backend;
  private PharosProcess pharos;

  static Stream<Fault> faults() {
    List<Fault> few = List.of(new Fault("gpu-xid", "GpuXidHardware", 3), down());
    List<Fault> all =
        List.of(
            down(),
            new Fault("hang", "BackendDown", 3),
            new Fault("errors", "HighErrorRate", 5),
            new Fault("latency", "HighLatencyP95", 5),
            new Fault("envelope-errors", "HighEnvelopeErrorRate", 5),
            new Fault("gpu-xid", "GpuXidHardware", 3),
            new Fault("gpu-fallen-off", "GpuFellOff", 6),
            new Fault("gpu-exporter-down", "GpuExporterDown", 10),
            new Fault("exporter-down", "ExporterDown", 10),
            new Fault("redis-down", "RedisDown", 5),
            new Fault("disk-filling", "DiskFilling", 12),
            new Fault("certificate-ending", "CertificateExpiringSoon", 5),
            new Fault("fleet-offline", "FleetOffline", 12),
            new Fault("heartbeats-stopped", "AgentHeartbeatsStopped", 8),
            probe("90s", 8),
            probe("5m", 15));
    return (Nightly.isOn() ? all : few).stream();
  }

  private static Fault down() {
    return new Fault("down", "BackendDown", 3);
  }

  private static Fault probe(String interval, int minutes) {
    return new Fault(
        "probe failing, every " + interval,
        "auth-off",
        "ProbeFailing",
        interval,
        Duration.ofMinutes(minutes));
  }

  @BeforeAll
  void start() throws Exception {
    folder = Path.of("target", "e2e", "matrix-" + ProcessHandle.current().pid());
    Files.createDirectories(folder.resolve("data/secrets"));
    mail = new GreenMail(new ServerSetup(0, "127.0.0.1", "smtp"));
    mail.start();
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          if (exchange.getRequestURI().getPath().equals("/hook")) {
            told.add(read(body));
          } else {
            slack.incrementAndGet();
          }
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write(new byte[] {'o', 'k'});
          exchange.close();
        });
    receiver.start();
    Files.writeString(folder.resolve("data/secrets/slack_webhook_url"), receiverUrl("/slack"));
    port = PharosProcess.freePort();
    backendPort = PharosProcess.freePort();
    tlsPort = PharosProcess.freePort();
    copyVersionedFiles();
    backend =
        PharosProcess.start(
            folder.resolve("backend.log"),
            "http://127.0.0.1:" + backendPort,
            List.of(
                "demo-backend",
                "--listen=127.0.0.1:" + backendPort,
                "--tls-port=" + tlsPort,
                "--token-file=prometheus/demo_token"));
    pharos =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port,
            List.of(
                "serve",
                "--config.file=" + folder.resolve("prometheus/prometheus.yml"),
                "--notifications.file=" + folder.resolve("notifications/alertmanager.yml"),
                "--probes.dir=" + folder.resolve("probes"),
                "--gates.dir=" + folder.resolve("gates"),
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port));
    pharos.await("ready", Duration.ofSeconds(60), pharos::isReady);
    pharos.await(
        "every target up",
        Duration.ofSeconds(60),
        () -> pharos.query("up == 1").size() >= 6 && pharos.query("up == 0").isEmpty());
  }

  private String receiverUrl(String path) {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
  }

  private static Told read(String body) throws IOException {
    JsonNode root = JSON.readTree(body);
    var alerts = new ArrayList<String>();
    root.path("alerts")
        .forEach(
            alert ->
                alerts.add(
                    alert.path("status").asText()
                        + " "
                        + alert.path("labels").path("alertname").asText()));
    return new Told(Instant.now(), root.path("status").asText(), List.copyOf(alerts));
  }

  /// The repository's own files with other ports, a webhook beside mail and Slack, and a probe of
  /// the certificate.
  private void copyVersionedFiles() throws IOException {
    for (String name : List.of("prometheus", "alert-rules", "notifications", "probes", "gates")) {
      try (Stream<Path> files = Files.walk(Path.of(name))) {
        for (Path file : files.toList()) {
          Path to = folder.resolve(file);
          if (Files.isDirectory(file)) {
            Files.createDirectories(to);
          } else {
            Files.writeString(
                to,
                Files.readString(file)
                    .replace("127.0.0.1:8080", "127.0.0.1:" + backendPort)
                    .replace("port: 8080", "port: " + backendPort)
                    .replace("127.0.0.1:9095", "127.0.0.1:" + port)
                    .replace("localhost:1025", "127.0.0.1:" + mail.getSmtp().getPort())
                    .replace(
                        "    slack_configs:\n",
                        "    webhook_configs:\n      - url: "
                            + receiverUrl("/hook")
                            + "\n    slack_configs:\n"));
          }
        }
      }
    }
    Files.writeString(
        folder.resolve("probes/certificate.yml"),
        """
        probes:
          - name: backend-certificate
            labels: {service: remotegpu-backend, env: demo}
            interval: 30s
            timeout: 5s
            http:
              url: https://127.0.0.1:%d/api/v1/health
              tls_config: {insecure_skip_verify: true}
        """
            .formatted(tlsPort));
  }

  @AfterAll
  void stop() throws Exception {
    table.forEach(System.out::println);
    for (PharosProcess process : new PharosProcess[] {pharos, backend}) {
      if (process != null) {
        process.close();
      }
    }
    receiver.stop(0);
    mail.stop();
  }

  @Test
  @Order(1)
  void health_tellsNobodyAnything() throws Exception {
    TimeUnit.SECONDS.sleep(HEALTH.toSeconds());
    assertThat(told).isEmpty();
    assertThat(slack).hasValue(0);
    assertThat(mail.getReceivedMessages()).isEmpty();
  }

  @ParameterizedTest
  @Order(2)
  @MethodSource("faults")
  void fault_isOnePage_andItsEnd(Fault fault) throws Exception {
    probeEvery(fault.probeInterval());
    int before = told.size();
    int mails = mail.getReceivedMessages().length;
    int posts = slack.get();

    raise(fault.kind());
    Duration paged =
        pharos.await("a message of " + fault, fault.most(), () -> told.size() > before);
    if (Nightly.isOn()) {
      TimeUnit.MINUTES.sleep(3);
    }
    assertThat(alerts(before)).containsExactly(List.of("firing " + fault.cause()));

    raise("none");
    Duration over =
        pharos.await("the end of " + fault, Duration.ofMinutes(12), () -> told.size() > before + 1);
    TimeUnit.SECONDS.sleep(WATCHED.toSeconds());
    assertThat(alerts(before))
        .containsExactly(List.of("firing " + fault.cause()), List.of("resolved " + fault.cause()));
    assertThat(slack.get() - posts).as("Slack").isEqualTo(2);
    assertThat(mail.getReceivedMessages().length - mails).as("mail").isEqualTo(2);
    table.add(
        "e2e: %-28s %-24s page after %4d s, over after %4d s, 2 messages a channel"
            .formatted(fault, fault.cause(), paged.toSeconds(), over.toSeconds()));
  }

  private List<List<String>> alerts(int from) {
    return told.subList(from, told.size()).stream().map(Told::alerts).toList();
  }

  private void probeEvery(String interval) throws Exception {
    Path file = folder.resolve("probes/backend.yml");
    String text = Files.readString(file);
    String changed =
        text.replaceFirst("(?s)(name: backend-auth-required.*?interval: )\\w+", "$1" + interval);
    if (!changed.equals(text)) {
      assumeTrue(Nightly.isOn(), "only at night");
      Files.writeString(file, changed);
      assertThat(pharos.post("/-/reload", "").statusCode()).isEqualTo(200);
    }
  }

  private void raise(String kind) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + backendPort + "/fault"))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"kind\":\"" + kind + "\",\"duration\":\"2h\"}"))
              .build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }
}
