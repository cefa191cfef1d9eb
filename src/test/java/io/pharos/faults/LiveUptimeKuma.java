package io.pharos.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// An Uptime Kuma of this machine (docs/uptime-kuma.md), with a database of its own, and what its
/// pages in a browser would do: the calls of its socket.
public final class LiveUptimeKuma implements AutoCloseable {
  private static final String FOLDER = System.getProperty("pharos.uptime-kuma", "");
  private static final String PROGRAM = "kuma";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  // It takes an offer of HTTP/2 for one of WebSocket, and refuses that.
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final LivePrograms programs;
  private final Path data;
  private final int port;
  private final Deque<String> packets = new ArrayDeque<>();
  private String session = "";
  private String key = "";
  private int calls;

  private LiveUptimeKuma(Path folder) throws IOException {
    programs = new LivePrograms(folder);
    data = Files.createDirectories(folder.resolve("kuma"));
    Files.writeString(data.resolve("db-config.json"), "{\"type\": \"sqlite\"}");
    port = LivePrograms.freePort();
  }

  /// Starts one with a user and an API key; skips the test, visibly, where it is not to be had.
  ///
  /// @param folder for its files
  public static LiveUptimeKuma start(Path folder) throws IOException, InterruptedException {
    LivePrograms.need("node");
    assumeTrue(!FOLDER.isEmpty(), "-Dpharos.uptime-kuma names no folder with an Uptime Kuma");
    assumeTrue(Files.isDirectory(program()), program() + " is not there");
    var kuma = new LiveUptimeKuma(folder);
    try {
      kuma.run();
      kuma.call("setup", "kuma", "kuma-Passw0rd");
      kuma.logIn();
      kuma.key =
          kuma.call("addAPIKey", Map.of("name", "pharos", "active", true)).path("key").asText();
      return kuma;
    } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
      kuma.close();
      throw e;
    }
  }

  private static Path program() {
    return Path.of(FOLDER, "node_modules/uptime-kuma").toAbsolutePath();
  }

  private void run() throws IOException, InterruptedException {
    programs.start(
        PROGRAM,
        Map.of(
            "DATA_DIR",
            data + "/",
            "UPTIME_KUMA_HOST",
            "127.0.0.1",
            "UPTIME_KUMA_PORT",
            "" + port,
            "NODE_ENV",
            "production"),
        "env",
        "-C",
        program().toString(),
        "node",
        "server/server.js");
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        connect();
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(Duration.ofMillis(200));
      }
    }
  }

  /// Stops it and starts it again.
  public void restart() throws IOException, InterruptedException {
    programs.stop(PROGRAM);
    run();
    logIn();
  }

  private void logIn() throws IOException, InterruptedException {
    call("login", Map.of("username", "kuma", "password", "kuma-Passw0rd", "token", ""));
  }

  /* Engine.IO 4 by long polling: packets are parted by a record separator, and begin with their
  kind: 0 open, 2 ping, 3 pong, 4 a message of Socket.IO, of which 0 connects, 2 is a call and 3 its
  answer. */
  private void connect() throws IOException, InterruptedException {
    packets.clear();
    session = "";
    String open = poll();
    session = "&sid=" + JSON.readTree(open.substring(1)).path("sid").asText();
    post("40");
    await("40");
  }

  private String poll() throws IOException, InterruptedException {
    if (packets.isEmpty()) {
      packets.addAll(
          List.of(send(HttpRequest.newBuilder(socket()).GET()).body().split("\u001e", -1)));
    }
    return packets.remove();
  }

  private void post(String packet) throws IOException, InterruptedException {
    send(
        HttpRequest.newBuilder(socket())
            .header("Content-Type", "text/plain;charset=UTF-8")
            .POST(HttpRequest.BodyPublishers.ofString(packet)));
  }

  private String await(String begin) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      String packet = poll();
      if (packet.equals("2")) {
        post("3");
      } else if (packet.startsWith(begin)) {
        return packet.substring(begin.length());
      }
    }
    throw new AssertionError("no answer " + begin);
  }

  private URI socket() {
    return URI.create(url("/socket.io/?EIO=4&transport=polling" + session));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = sent(request);
    if (answer.statusCode() != 200) {
      throw new IOException(answer.uri() + ": " + answer.statusCode() + " " + answer.body());
    }
    return answer;
  }

  private HttpResponse<String> sent(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
  }

  /// Reports for a push monitor, and gives the status and the body of the answer.
  ///
  /// @param report the token and the parameters
  public String push(String report) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        sent(HttpRequest.newBuilder(URI.create(url("/api/push/" + report))));
    return answer.statusCode() + " " + answer.body();
  }

  /// Calls what its pages call, and gives the answer, which must not be a refusal.
  public JsonNode call(String event, Object... arguments) throws IOException, InterruptedException {
    ArrayNode call = JSON.createArrayNode().add(event);
    for (Object argument : arguments) {
      call.addPOJO(argument);
    }
    calls++;
    post("42" + calls + JSON.writeValueAsString(call));
    JsonNode answer = JSON.readTree("[" + await("43" + calls + "[")).get(0);
    if (!answer.path("ok").asBoolean()) {
      throw new AssertionError(event + ": " + answer);
    }
    return answer;
  }

  /// Adds a monitor and gives its id.
  ///
  /// @param keys in JSON, as a backup has them; the rest as its pages fill them in
  public int add(String keys) throws IOException, InterruptedException {
    ObjectNode monitor =
        (ObjectNode)
            JSON.readTree(
                """
                {"parent": null, "url": "https://", "method": "GET", "interval": 20, "retryInterval": 20,
                 "resendInterval": 0, "maxretries": 0, "timeout": 10, "notificationIDList": {},
                 "ignoreTls": false, "upsideDown": false, "packetSize": 56, "expiryNotification": false,
                 "maxredirects": 10, "accepted_statuscodes": ["200-299"], "dns_resolve_type": "A",
                 "dns_resolve_server": "1.1.1.1", "proxyId": null, "authMethod": null,
                 "httpBodyEncoding": "json", "kafkaProducerBrokers": [],
                 "kafkaProducerSaslOptions": {"mechanism": "None"}}
                """);
    monitor.setAll((ObjectNode) JSON.readTree(keys));
    return call("add", monitor).path("monitorID").asInt();
  }

  /// Has a monitor look now: one that goes on after a pause does.
  public void look(int monitor) throws IOException, InterruptedException {
    call("pauseMonitor", monitor);
    call("resumeMonitor", monitor);
  }

  /// Puts a monitor into a maintenance that has begun.
  public void maintain(int monitor) throws IOException, InterruptedException {
    JsonNode maintenance =
        call(
            "addMaintenance",
            JSON.readTree(
                """
                {"title": "m", "description": "", "strategy": "manual", "active": true, "intervalDay": 1,
                 "dateRange": [], "timeRange": [], "weekdays": [], "daysOfMonth": []}
                """));
    call(
        "addMonitorMaintenance",
        maintenance.path("maintenanceID").asInt(),
        List.of(Map.of("id", monitor)));
  }

  /// Its page of metrics as soon as lines in it begin so.
  ///
  /// @param begins regular expressions
  public String pageWith(String... begins) throws IOException, InterruptedException {
    String basic =
        Base64.getEncoder().encodeToString(("pharos:" + key).getBytes(StandardCharsets.UTF_8));
    long end = System.nanoTime() + PATIENCE.toNanos();
    String page;
    do {
      page =
          send(HttpRequest.newBuilder(URI.create(url("/metrics")))
                  .header("Authorization", "Basic " + basic))
              .body();
      String text = page;
      if (List.of(begins).stream()
          .allMatch(
              begin -> Pattern.compile("^" + begin, Pattern.MULTILINE).matcher(text).find())) {
        return page;
      }
      Thread.sleep(Duration.ofSeconds(2)); // it takes 60 requests in a minute
    } while (System.nanoTime() < end);
    throw new AssertionError("never came to be so: " + List.of(begins) + " in\n" + page);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  /// Its database, which it has open.
  public Path database() {
    return data.resolve("kuma.db");
  }

  @Override
  public void close() {
    programs.close();
    client.close();
  }
}
