package io.pharos.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// The demo backend and Pharos with the shipped files on free ports, and receivers that record: a
/// mail server, a Slack and a webhook.
final class FaultStack implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<List<String>> told = new CopyOnWriteArrayList<>();
  private final AtomicInteger posts = new AtomicInteger();
  private final Path folder;
  private final GreenMail mail;
  private final HttpServer receiver;
  private final int backendPort;
  private final PharosProcess backend;
  private final PharosProcess pharos;

  /// Starts all of it and waits until every target is up.
  ///
  /// @param folder for files, samples and logs
  FaultStack(Path folder) throws Exception {
    this.folder = folder;
    Files.createDirectories(folder.resolve("data/secrets"));
    mail = new GreenMail(new ServerSetup(0, "127.0.0.1", "smtp"));
    mail.start();
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext("/", this::receive);
    receiver.start();
    Files.writeString(folder.resolve("data/secrets/slack_webhook_url"), receiverUrl("/slack"));
    int port = PharosProcess.freePort();
    backendPort = PharosProcess.freePort();
    int tapPort = PharosProcess.freePort();
    int tlsPort = PharosProcess.freePort();
    DemoStack.copyVersionedFiles(
        folder,
        Map.of(
            "127.0.0.1:8080",
            "127.0.0.1:" + backendPort,
            "port: 8080",
            "port: " + backendPort,
            "127.0.0.1:9097",
            "127.0.0.1:" + tapPort,
            "127.0.0.1:9095",
            "127.0.0.1:" + port,
            "localhost:1025",
            "127.0.0.1:" + mail.getSmtp().getPort(),
            "    slack_configs:\n",
            "    webhook_configs:\n      - url: "
                + receiverUrl("/hook")
                + "\n    slack_configs:\n"));
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
    backend =
        PharosProcess.start(
            folder.resolve("backend.log"),
            "http://127.0.0.1:" + backendPort,
            List.of(
                "demo-backend",
                "--listen=127.0.0.1:" + backendPort,
                "--tap-listen=127.0.0.1:0",
                "--tap-metrics-listen=127.0.0.1:" + tapPort,
                "--tls-port=" + tlsPort,
                "--token-file=" + folder.resolve("prometheus/demo_token")));
    pharos = PharosProcess.serve(folder, port);
    try {
      pharos.await("ready", Duration.ofSeconds(120), pharos::isReady);
      pharos.await(
          "every target up",
          Duration.ofSeconds(120),
          () -> pharos.query("up == 1").size() >= 6 && pharos.query("up == 0").isEmpty());
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  private String receiverUrl(String path) {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
  }

  private void receive(HttpExchange exchange) throws IOException {
    var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (exchange.getRequestURI().getPath().equals("/hook")) {
      told.add(alerts(body));
    } else {
      posts.incrementAndGet();
    }
    exchange.sendResponseHeaders(200, 2);
    exchange.getResponseBody().write(new byte[] {'o', 'k'});
    exchange.close();
  }

  private static List<String> alerts(String body) throws IOException {
    var alerts = new ArrayList<String>();
    for (JsonNode alert : JSON.readTree(body).path("alerts")) {
      alerts.add(
          alert.path("status").asText() + " " + alert.path("labels").path("alertname").asText());
    }
    return List.copyOf(alerts);
  }

  PharosProcess pharos() {
    return pharos;
  }

  /// What the webhook was told from a message on: of each message its alerts, as in `firing
  /// BackendDown`.
  List<List<String>> told(int from) {
    return told.subList(from, told.size());
  }

  /// How many messages the webhook has.
  int messages() {
    return told.size();
  }

  /// How many messages the Slack has.
  int posts() {
    return posts.get();
  }

  /// How many mails there are.
  int mails() {
    return mail.getReceivedMessages().length;
  }

  /// Raises a fault of the demo for two hours; `none` ends it.
  void raise(String kind) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + backendPort + "/fault"))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"kind\":\"" + kind + "\",\"duration\":\"2h\"}"))
              .build();
      int status = client.send(request, BodyHandlers.ofString()).statusCode();
      if (status != 200) {
        throw new IOException("the demo answered " + status + " to the fault " + kind);
      }
    }
  }

  /// Changes how often it is probed whether a token is asked for.
  void probeEvery(String interval) throws Exception {
    Path file = folder.resolve("probes/backend.yml");
    String text = Files.readString(file);
    String changed =
        text.replaceFirst("(?s)(name: backend-auth-required.*?interval: )\\w+", "$1" + interval);
    if (!changed.equals(text)) {
      Files.writeString(file, changed);
      int status = pharos.post("/-/reload", "").statusCode();
      if (status != 200) {
        throw new IOException("the reload answered " + status);
      }
    }
  }

  @Override
  public void close() {
    pharos.close();
    backend.close();
    receiver.stop(0);
    mail.stop();
  }
}
