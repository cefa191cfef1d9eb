package io.pharos.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.Nightly;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The deploy scripts with a real HAProxy of the shipped configuration, two colours that start and
/// stop, and clients all the time. Only Pharos is played: a version named `bad…` fails its gate.
@Tag("peer")
class HaproxyDeployTest {
  private static final Path HAPROXY = Path.of("/usr/sbin/haproxy");
  private static final Map<String, String> VERDICTS = Map.of("bad", "409", "slow", "408");

  @TempDir Path folder;
  private final Map<String, HttpServer> colors = new ConcurrentHashMap<>();
  private final Map<String, Integer> ports = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> served = new ConcurrentHashMap<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final HttpClient client = HttpClient.newHttpClient();
  private volatile boolean clients = true;
  private volatile String gated = "";
  private HttpServer control;
  private Process haproxy;
  private Thread load;
  private int port;
  private Path env;

  @BeforeEach
  void start() throws Exception {
    assumeThat(Files.isExecutable(HAPROXY)).as("haproxy is installed").isTrue();
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

  @AfterEach
  void stop() throws Exception {
    clients = false;
    if (load != null) {
      load.join();
      haproxy.destroyForcibly().waitFor();
      control.stop(0);
      colors.values().forEach(server -> server.stop(0));
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// The shipped files with this test's folders and ports.
  private void configure() throws IOException {
    String shipped = Files.readString(Path.of("deploy", "haproxy", "haproxy.cfg"));
    String own =
        shipped
            .replace("/run/haproxy/admin.sock", socket().toString())
            .replace("/var/lib/haproxy/server-state", stateFile().toString())
            .replace("bind *:8080", "bind 127.0.0.1:" + port)
            .replace("bind *:8404", "bind 127.0.0.1:" + freePort())
            .replace("backend-blue:8080", "127.0.0.1:" + ports.get("blue"))
            .replace("backend-green:8080", "127.0.0.1:" + ports.get("green"))
            .replace(" resolvers docker", "")
            .replace("inter 2s", "inter 200ms");
    own =
        Pattern.compile("^resolvers docker\n( .*\n)+", Pattern.MULTILINE)
            .matcher(own)
            .replaceAll("");
    Files.writeString(folder.resolve("haproxy.cfg"), own);
    env = folder.resolve("test.env");
    String at = "http://127.0.0.1:" + control.getAddress().getPort();
    Files.writeString(
        env,
        """
        PHAROS_ENV=staging
        PHAROS_URL=%s
        SERVICE=backend
        STRATEGY=canary
        ON_INCONCLUSIVE=rollback
        START_COMMAND=curl -sf "%s/start?$COLOR&$VERSION"
        STOP_COMMAND=curl -sf "%s/stop?$COLOR"
        HAPROXY_RUNTIME=%s
        HAPROXY_STATE_FILE=%s
        HAPROXY_BACKEND=remotegpu
        CANARY_WEIGHT=10
        DRAIN_SECONDS=1
        START_WAIT=20
        STATE_DIR=%s
        """
            .formatted(at, at, at, socket(), stateFile(), folder.resolve("state")));
  }

  private Path socket() {
    return folder.resolve("admin.sock");
  }

  private Path stateFile() {
    return folder.resolve("server-state");
  }

  private void startHaproxy() throws Exception {
    haproxy =
        new ProcessBuilder(
                HAPROXY.toString(), "-db", "-f", folder.resolve("haproxy.cfg").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("haproxy.log").toFile())
            .start();
    for (int i = 0; i < 500 && !answers(); i++) {
      Thread.sleep(20);
    }
    assertThat(answers()).as(Files.readString(folder.resolve("haproxy.log"))).isTrue();
  }

  private boolean answers() {
    return !version().isEmpty();
  }

  /// The version that a request reaches; empty where it fails.
  private String version() {
    try {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/work"))
              .timeout(Duration.ofSeconds(20))
              .build();
      var answer = client.send(request, BodyHandlers.ofString());
      return answer.statusCode() == 200 ? answer.body() : "";
    } catch (IOException _) {
      return "";
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private void ask() {
    while (clients) {
      String version = version();
      if (version.isEmpty()) {
        failed.incrementAndGet();
      } else {
        served.computeIfAbsent(version, _ -> new AtomicInteger()).incrementAndGet();
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void startColor(String color, String version) throws IOException {
    HttpServer old = colors.remove(color);
    if (old != null) {
      old.stop(0);
    }
    var server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(color)), 0);
    server.createContext("/", exchange -> answer(exchange, 200, version));
    server.start();
    colors.put(color, server);
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /// Pharos, and whoever starts and stops the colours.
  private void command(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String query = exchange.getRequestURI().getQuery();
    int status = 200;
    if (path.equals("/start")) {
      String[] words = query.split("&", -1);
      gated = words[1];
      startColor(words[0], words[1]);
    } else if (path.equals("/stop")) {
      HttpServer server = colors.remove(query);
      if (server != null) {
        server.stop(0);
      }
    } else if (path.contains("require-pass")) {
      status =
          VERDICTS.entrySet().stream()
              .filter(entry -> gated.startsWith(entry.getKey()))
              .mapToInt(entry -> Integer.parseInt(entry.getValue()))
              .findFirst()
              .orElse(200);
    }
    answer(exchange, status, "{\"id\":\"g\"}");
  }

  private Process script(String... words) throws IOException {
    var all = new ArrayList<>(List.of("bash", "scripts/" + words[0], "--env", env.toString()));
    all.addAll(List.of(words).subList(1, words.length));
    var builder =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("scripts.log").toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("PHAROS_"));
    return builder.start();
  }

  private int run(String... words) throws Exception {
    Process process = script(words);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("scripts.log"));
  }

  private void assertServes(String version) {
    for (int i = 0; i < 30; i++) {
      assertThat(version()).isEqualTo(version);
    }
  }

  @Test
  void releases_goodAreGivenTheTraffic_badAreReturned_andNoRequestFails() throws Exception {
    int rounds = Nightly.rounds(2, 21);
    for (int i = 1; i <= rounds; i++) {
      assertThat(run("deploy.sh", "--version", "good" + i)).as(log()).isZero();
      assertServes("good" + i);
      assertThat(run("deploy.sh", "--version", "bad" + i)).as(log()).isEqualTo(1);
      assertServes("good" + i);
      if (i > 1) {
        // The colour before is stopped by the bad release that took its place.
        assertThat(run("rollback.sh", "--back", "1")).as(log()).isZero();
        assertServes("good1");
      }
    }
    assertThat(failed).as(log()).hasValue(0);
    System.out.printf("deploys: %s, failed %s%n", served, failed);
  }

  @Test
  void haproxyKilled_comesBackWithTheColourThatServes() throws Exception {
    assertThat(run("deploy.sh", "--version", "good")).as(log()).isZero();
    colors.remove("blue").stop(0);
    haproxy.destroyForcibly().waitFor();
    startHaproxy();
    assertServes("good");

    Process deploy = script("deploy.sh", "--version", "slow", "--wait", "60");
    await("the candidate's share", () -> served.containsKey("slow"));
    haproxy.destroyForcibly().waitFor();
    startHaproxy();
    assertServes("good"); // who is still judged has no share after a restart
    deploy.destroy();
    assertThat(deploy.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertServes("good");
  }

  @Test
  void driverKilled_anywhere_leavesTheCandidateNothing() throws Exception {
    var random = new Random(11);
    for (int i = 0; i < Nightly.rounds(4, 50); i++) {
      Process deploy = script("deploy.sh", "--version", "slow" + i, "--wait", "60");
      Thread.sleep(random.nextInt(3_000));
      deploy.destroyForcibly().waitFor();
      Path underWay = folder.resolve("state").resolve("under_way");
      await("what was begun is taken back", () -> !Files.exists(underWay));
      await("the lock is free", () -> run("rollback.sh") == 0);
      assertServes("0");
    }
    assertThat(failed).as(log()).hasValue(0);
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private void await(String what, Condition condition) throws Exception {
    for (long end = System.nanoTime() + Duration.ofSeconds(60).toNanos(); !condition.holds(); ) {
      assertThat(System.nanoTime()).as(what + "\n" + log()).isLessThan(end);
      Thread.sleep(20);
    }
  }
}
