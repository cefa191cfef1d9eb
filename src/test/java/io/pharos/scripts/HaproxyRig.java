package io.pharos.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A real HAProxy of the shipped configuration, two colours that start and stop at the address
/// `control()`, and clients who ask all the time. What they lose while HAProxy itself is away is
/// not counted.
public final class HaproxyRig {
  public static final Path HAPROXY = Path.of("/usr/sbin/haproxy");

  /// What else is asked at `control()`.
  public interface Others {
    void answer(HttpExchange exchange) throws IOException;
  }

  private final Path folder;
  private final Others others;
  private final Map<String, HttpServer> colors = new ConcurrentHashMap<>();
  private final Map<String, Integer> ports = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> served = new ConcurrentHashMap<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpServer control;
  private final int port;
  private final Thread load;
  private volatile boolean clients = true;
  private volatile boolean away;
  private volatile String started = "";
  private Process haproxy;

  /// Starts all of it, with blue as version 0; skips the test where HAProxy is not installed.
  public HaproxyRig(Path folder, Others others) throws Exception {
    assumeThat(Files.isExecutable(HAPROXY)).as("haproxy is installed").isTrue();
    this.folder = folder;
    this.others = others;
    control = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    control.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    control.createContext("/", this::command);
    control.start();
    ports.put("blue", freePort());
    ports.put("green", freePort());
    port = freePort();
    configure();
    startColor("blue", "0");
    startHaproxy();
    load = Thread.ofVirtual().start(this::ask);
  }

  public void close() throws Exception {
    clients = false;
    load.join();
    killHaproxy();
    control.stop(0);
    colors.values().forEach(server -> server.stop(0));
  }

  /// Returns a port on which nobody listens, below those that the kernel gives to connections, so
  /// that none of them takes it before it is used.
  public static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 32_768);
      try (var _ = new ServerSocket(port)) {
        return port;
      } catch (IOException _) { // someone listens there
      }
    }
  }

  /// Checks are frequent, but wait for an answer as long as a request does: a test process that
  /// gets no CPU for a second is not a dead backend.
  private void configure() throws IOException {
    Files.writeString(
        folder.resolve("haproxy.cfg"),
        configured(folder, port, freePort(), ports.get("blue"), ports.get("green"))
            .replace("inter 2s", "inter 200ms")
            .replace("timeout connect 2s", "timeout connect 2s\n    timeout check 20s"));
  }

  /// The shipped configuration with files in a folder and other ports.
  public static String configured(Path folder, int port, int metrics, int blue, int green)
      throws IOException {
    String own =
        Files.readString(Path.of("deploy", "haproxy", "haproxy.cfg"))
            .replace("/run/haproxy/admin.sock", folder.resolve("admin.sock").toString())
            .replace("/var/lib/haproxy/server-state", folder.resolve("server-state").toString())
            .replace("bind *:8080", "bind 127.0.0.1:" + port)
            .replace("bind *:8404", "bind 127.0.0.1:" + metrics)
            .replace("backend-blue:8080", "127.0.0.1:" + blue)
            .replace("backend-green:8080", "127.0.0.1:" + green)
            .replace(" resolvers docker", "");
    return Pattern.compile("^resolvers docker\n( .*\n)+", Pattern.MULTILINE)
        .matcher(own)
        .replaceAll("");
  }

  /// The settings that lead the scripts and the agent to this rig.
  public String settings() {
    return """
    START_COMMAND=curl -sf "%s/start?$COLOR&$VERSION"
    STOP_COMMAND=curl -sf "%s/stop?$COLOR"
    HAPROXY_RUNTIME=%s
    HAPROXY_STATE_FILE=%s
    HAPROXY_BACKEND=remotegpu
    STATE_DIR=%s
    """
        .formatted(control(), control(), socket(), stateFile(), folder.resolve("state"));
  }

  public String control() {
    return "http://127.0.0.1:" + control.getAddress().getPort();
  }

  /// Where a colour answers by itself, with what it counts at `/metrics`.
  public String url(String color) {
    return "http://127.0.0.1:" + ports.get(color);
  }

  public Path socket() {
    return folder.resolve("admin.sock");
  }

  public Path stateFile() {
    return folder.resolve("server-state");
  }

  /// How many requests each version has answered.
  public Map<String, AtomicInteger> served() {
    return served;
  }

  /// How many requests failed although HAProxy was there.
  public AtomicInteger failed() {
    return failed;
  }

  /// The version that was started last.
  public String started() {
    return started;
  }

  public void killHaproxy() throws InterruptedException {
    away = true;
    haproxy.destroyForcibly().waitFor();
  }

  public void startHaproxy() throws Exception {
    haproxy =
        new ProcessBuilder(
                HAPROXY.toString(), "-db", "-f", folder.resolve("haproxy.cfg").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("haproxy.log").toFile())
            .start();
    for (int i = 0; i < 500 && status(request()) < 0; i++) {
      Thread.sleep(20);
    }
    away = false;
    await("HAProxy", Duration.ofSeconds(10), () -> !version().isEmpty(), this::haproxyLog);
  }

  private String haproxyLog() {
    try {
      return Files.readString(folder.resolve("haproxy.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private HttpResponse<String> request() {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/work"))
            .timeout(Duration.ofSeconds(20))
            .build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException _) {
      return null;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static int status(HttpResponse<String> response) {
    return response == null ? -1 : response.statusCode();
  }

  /// What HAProxy says of its servers: state and weight by name, such as `0 100`; `8 0` is drained.
  public Map<String, String> servers() throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      channel.write(ByteBuffer.wrap("show servers state remotegpu\n".getBytes(UTF_8)));
      return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8)
          .lines()
          .map(line -> line.split(" ", -1))
          .filter(row -> row.length > 8 && row[1].equals("remotegpu"))
          .collect(Collectors.toMap(row -> row[3], row -> row[6] + " " + row[7]));
    }
  }

  /// The version that a request reaches; empty where it fails.
  public String version() {
    HttpResponse<String> response = request();
    return status(response) == 200 ? response.body() : "";
  }

  private void ask() {
    while (clients) {
      boolean before = away;
      String version = version();
      if (!version.isEmpty()) {
        served.computeIfAbsent(version, _ -> new AtomicInteger()).incrementAndGet();
      } else if (!before && !away) {
        failed.incrementAndGet();
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  public void startColor(String color, String version) throws IOException {
    stopColor(color);
    var server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(color)), 0);
    // What is bad is what most gates do not see: HTTP 200 with another code in the body.
    String code = version.startsWith("bad") ? "500" : "0";
    long since = System.currentTimeMillis() / 1000;
    var worked = new AtomicInteger();
    server.createContext("/", exchange -> answer(exchange, 200, version));
    server.createContext(
        "/work",
        exchange -> {
          worked.incrementAndGet();
          answer(exchange, 200, version);
        });
    server.createContext(
        "/metrics",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
          answer(
              exchange,
              200,
              """
                backend_build_info{version="%s"} 1
                process_start_time_seconds %d
                work_total{code="%s"} %d
                """
                  .formatted(version, since, code, worked.get()));
        });
    server.start();
    colors.put(color, server);
  }

  public void stopColor(String color) {
    HttpServer server = colors.remove(color);
    if (server != null) {
      server.stop(0);
    }
  }

  public boolean runs(String color) {
    return colors.containsKey(color);
  }

  public static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void command(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    switch (exchange.getRequestURI().getPath()) {
      case "/start" -> {
        String[] words = query.split("&", -1);
        started = words[1];
        startColor(words[0], words[1]);
        answer(exchange, 200, "");
      }
      case "/stop" -> {
        stopColor(query);
        answer(exchange, 200, "");
      }
      default -> others.answer(exchange);
    }
  }

  public void assertServes(String version) {
    for (int i = 0; i < 30; i++) {
      assertThat(version()).isEqualTo(version);
    }
  }

  /// What is waited for.
  public interface Condition {
    boolean holds() throws Exception;
  }

  /// Waits until something holds.
  ///
  /// @param story what is told when it does not
  public static void await(String what, Duration most, Condition condition, Supplier<String> story)
      throws Exception {
    for (long end = System.nanoTime() + most.toNanos(); !condition.holds(); ) {
      if (System.nanoTime() - end >= 0) {
        throw new AssertionError(what + " did not happen within " + most + "\n" + story.get());
      }
      Thread.sleep(20);
    }
  }
}
