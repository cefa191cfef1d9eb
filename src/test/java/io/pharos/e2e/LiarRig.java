package io.pharos.e2e;

import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The packaged Pharos with the shipped policy and rules, a real HAProxy with the shipped
/// configuration, a tap before each of two stubs, and users all the time. With `-Dliars.tap`
/// another load balancer, which shows no metrics, takes the place of HAProxy.
final class LiarRig implements AutoCloseable {
  /// A route of one percent of the requests.
  static final String RARE = "/api/v1/customer/tasks";

  static final boolean TAP_ALONE = System.getProperty("liars.tap") != null;

  /// More than a start takes on a machine with a load of 30.
  private static final Duration START = Duration.ofMinutes(5);

  private static final String ROUTE = "/api/v1/customer/machines";
  private static final ObjectMapper JSON = new ObjectMapper();

  final ColorStub blue = new ColorStub(PharosProcess.freePort());
  final ColorStub green = new ColorStub(PharosProcess.freePort());
  final PharosProcess pharos;
  private final Path folder;
  private final List<PharosProcess> taps = new ArrayList<>();
  private final Optional<Process> haproxy;
  private final int front = PharosProcess.freePort();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Random random;
  private final ScheduledExecutorService users = Executors.newSingleThreadScheduledExecutor();
  private volatile int perSecond = 100;
  private int sent;
  private int versions;

  /// Starts all of it.
  ///
  /// @param number of this rig among those that run at once
  LiarRig(Path folder, int number) throws Exception {
    assumeThat(Files.isExecutable(HaproxyRig.HAPROXY)).as("haproxy is installed").isTrue();
    this.folder = folder;
    random = new Random(11 + number);
    Files.createDirectories(folder.resolve("gates"));
    int stats = PharosProcess.freePort();
    blue.start("1.0.0", new ColorStub.Behaviour());
    int[] metrics = {tap(blue), tap(green)};
    String configured =
        HaproxyRig.configured(folder, front, stats, tapPort(0), tapPort(1))
            .replace("weight 0", "weight 100");
    Files.writeString(folder.resolve("haproxy.cfg"), configured);
    haproxy = TAP_ALONE ? Optional.empty() : Optional.of(startHaproxy());
    int port = PharosProcess.freePort();
    configure(stats, metrics);
    pharos = PharosProcess.serve(folder, port);
    users.scheduleAtFixedRate(this::ask, 0, 10, TimeUnit.MILLISECONDS);
  }

  /// Waits until all of it works, and sends both taps some requests: the first ones through a new
  /// process are slow.
  void await() throws Exception {
    var _ = pharos.await("being ready", START, pharos::isReady);
    var _ =
        pharos.await(
            "both taps being scraped",
            START,
            () -> pharos.query("up{job=\"remotegpu-tap\"} == 1").size() == 2);
    green.start("0.9.0", new ColorStub.Behaviour());
  }

  private Process startHaproxy() throws IOException {
    return new ProcessBuilder(
            HaproxyRig.HAPROXY.toString(), "-db", "-f", folder.resolve("haproxy.cfg").toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("haproxy.log").toFile())
        .start();
  }

  private final List<Integer> tapPorts = new ArrayList<>();

  private int tapPort(int index) {
    return tapPorts.get(index);
  }

  private int tap(ColorStub stub) throws IOException {
    int port = PharosProcess.freePort();
    int metrics = PharosProcess.freePort();
    tapPorts.add(port);
    taps.add(
        PharosProcess.start(
            folder.resolve("tap.log"),
            "",
            List.of(
                "tap",
                "--listen=127.0.0.1:" + port,
                "--upstream=http://127.0.0.1:" + stub.port,
                "--metrics-listen=127.0.0.1:" + metrics,
                "--routes.file=" + Path.of("tap/routes.yml").toAbsolutePath())));
    return metrics;
  }

  /// The shipped policy with short times, and rules as shipped.
  private void configure(int stats, int[] taps) throws IOException {
    String labels = "service: remotegpu-backend, env: production, host: localhost";
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 5s, scrape_timeout: 4s, evaluation_interval: 10s}
        rule_files: [%1$s/alert-rules/*.yml, %1$s/alert-rules/pharos/*.yml]
        scrape_configs:
          - job_name: remotegpu-backend
            static_configs:
              - {targets: ["127.0.0.1:%2$d"], labels: {color: blue, %8$s}}
              - {targets: ["127.0.0.1:%3$d"], labels: {color: green, %8$s}}
          - job_name: remotegpu-tap
            metrics_path: /tap/metrics
            static_configs:
              - {targets: ["127.0.0.1:%4$d"], labels: {color: blue, instance: "127.0.0.1:%2$d", %8$s}}
              - {targets: ["127.0.0.1:%5$d"], labels: {color: green, instance: "127.0.0.1:%3$d", %8$s}}
          - job_name: haproxy
            static_configs:
              - {targets: ["127.0.0.1:%6$d"], labels: {host: localhost}}
        %7$s
        """
            .formatted(
                Path.of("").toAbsolutePath(),
                blue.port,
                green.port,
                taps[0],
                taps[1],
                stats,
                "",
                labels));
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n");
    Files.createDirectories(folder.resolve("probes"));
    var probes = new StringBuilder("probes:\n");
    for (String color : List.of("blue", "green")) {
      int port = color.equals("blue") ? blue.port : green.port;
      probes.append(
          """
            - name: backend-health-%s
              labels: {service: remotegpu-backend, env: production, color: %s}
              interval: 5s
              timeout: 3s
              http:
                url: http://127.0.0.1:%d/api/v1/health
                json: [{path: $.status, op: "==", value: ok}]
          """
              .formatted(color, color, port));
    }
    Files.writeString(folder.resolve("probes/probes.yml"), probes);
    Files.writeString(
        folder.resolve("gates/policy.yml"),
        policy()
            .replace("interval: 10s", "interval: 5s")
            .replace("warmup: 60s", "warmup: 15s")
            .replace("min_soak: 5m", "min_soak: 90s")
            .replace("deadline: 30m", "deadline: 4m")
            .replace("max_age: 1m", "max_age: 30s")
            .replace("min_duration: 60s", "min_duration: 45s"));
  }

  private static String policy() throws IOException {
    String text = Files.readString(Path.of("gates/remotegpu-colors.yml"));
    return TAP_ALONE
        ? text.replaceFirst("(?s)    - id: client_errors\n.*?(?=    - id: )", "")
            .replaceFirst("(?s)    - id: client_answers\n.*?(?=    - id: )", "")
        : text;
  }

  /// The version of the next candidate.
  String nextVersion() {
    return "2.%d.%d".formatted(ProcessHandle.current().pid(), ++versions);
  }

  void requestsPerSecond(int number) {
    perSecond = number;
  }

  /// Called a hundred times per second.
  private void ask() {
    try {
      if (sent++ % (100 / perSecond) != 0) {
        return;
      }
      int port = TAP_ALONE ? tapPort(green.isUp() && sent % 2 == 0 ? 1 : 0) : front;
      String path = random.nextInt(100) == 0 ? RARE : ROUTE;
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(2))
              .build();
      var _ = client.sendAsync(request, BodyHandlers.discarding());
    } catch (RuntimeException e) {
      System.out.println("liar rig: a user failed: " + e); // the next one comes
    }
  }

  /// Announces a release of the candidate and opens its gate.
  ///
  /// @return the id of the gate
  String open(String version, String intent) throws Exception {
    int status =
        pharos.send(
            "PUT",
            "/api/pharos/v1/deployments/" + version,
            "application/json",
            """
            {"service": "remotegpu", "env": "production", "version": "%s", "strategy": "canary",
             "color": "green", "intent": "%s"}
            """
                .formatted(version, intent));
    if (status >= 300) {
      throw new IllegalStateException("the deployment was answered by " + status);
    }
    return JSON.readTree(
            pharos
                .post("/api/pharos/v1/gates", "{\"deployment\":\"%s\"}".formatted(version))
                .body())
        .path("id")
        .asText();
  }

  /// Returns a gate; a missing node if a busy machine gives no answer in time.
  JsonNode gate(String id) throws IOException {
    try {
      return JSON.readTree(pharos.get("/api/pharos/v1/gates/" + id).body());
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof HttpTimeoutException) {
        return MissingNode.getInstance();
      }
      throw e;
    }
  }

  /// Ends a deployment, so that the next one finds none.
  void end(String version) throws Exception {
    pharos.send(
        "PATCH",
        "/api/pharos/v1/deployments/" + version,
        "application/json",
        "{\"status\":\"failed\"}");
  }

  /// Returns the values of an expression, one for each 10 s of the last seconds. NaN means no
  /// value.
  double[] values(String expression, long seconds) {
    JsonNode series =
        pharos.query("(%s)[%ds:10s]".formatted(expression, seconds)).path(0).path("values");
    var values = new double[series.size()];
    for (int i = 0; i < values.length; i++) {
      String text = series.get(i).get(1).asText();
      values[i] = text.equals("NaN") ? Double.NaN : Double.parseDouble(text);
    }
    return values;
  }

  @Override
  public void close() {
    users.shutdownNow();
    pharos.close();
    taps.forEach(PharosProcess::close);
    haproxy.ifPresent(Process::destroyForcibly);
    blue.stop();
    green.stop();
    client.shutdownNow();
  }
}
