package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ObservedServer;
import io.pharos.rollout.ServerState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A Pharos that is killed in each phase of a rollout goes on where it was, with a real gate over
/// samples that it scrapes, and an agent that does what it is told.
@Tag("nightly")
class RolloutKillIT {
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private final Map<String, ObservedServer> servers = new ConcurrentHashMap<>();
  private final Map<String, Long> requests = new ConcurrentHashMap<>();
  private volatile boolean failing;
  private boolean migrates;
  private boolean returns = true;
  private @Nullable Long epoch;
  private @Nullable MigrationResult migrated;
  private @Nullable HeartbeatAnswer told;
  private HttpServer backend;
  private PharosProcess pharos;
  private int port;
  private String id = "";
  private int kills;

  @BeforeEach
  void start() throws Exception {
    servers.put("blue", new ObservedServer("1.0", true, true, 100));
    servers.put("green", new ObservedServer(null, false, false, 0));
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    for (String color : List.of("blue", "green")) {
      backend.createContext(
          "/" + color,
          exchange -> {
            byte[] text = metrics(color).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(
                text.length == 0 ? 503 : 200, text.length == 0 ? -1 : text.length);
            if (text.length > 0) {
              exchange.getResponseBody().write(text);
            }
            exchange.close();
          });
    }
    backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    backend.start();
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 2s, scrape_timeout: 2s}
        scrape_configs:
          - job_name: blue
            metrics_path: /blue
            static_configs: [{targets: ['127.0.0.1:%1$d'], labels: {color: blue}}]
          - job_name: green
            metrics_path: /green
            static_configs: [{targets: ['127.0.0.1:%1$d'], labels: {color: green}}]
        """
            .formatted(backend.getAddress().getPort()));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n");
    Files.writeString(
        Files.createDirectory(folder.resolve("gates")).resolve("shop.yml"),
        """
        version: "1"
        service: shop
        env: production
        interval: 1s
        warmup: 0s
        min_soak: 3s
        deadline: 2m
        max_age: 20s
        pass_valid: 10m
        checks:
          version: {selector: 'build_info{color="$color"}'}
          error_bound:
            total: http_requests_total{color="$color"}
            bad: http_requests_total{color="$color",status="500"}
            p_max: 0.05
        """);
    Files.writeString(
        Files.createDirectory(folder.resolve("rollouts")).resolve("shop.yml"),
        """
        version: "1"
        service: shop
        env: production
        strategy: canary
        steps: [{weight: 10}, {weight: 50}, {weight: 100}]
        watch: 5s
        short_watch: true
        approve: [50]
        lease: 5s
        """);
    port = PharosProcess.freePort();
    restart();
    assertThat(
            pharos.send(
                "PUT",
                "/api/pharos/v1/deployments/gh:1",
                "application/json",
                """
                {"service":"shop","env":"production","version":"1.1","strategy":"canary",\
                "color":"green"}"""))
        .isEqualTo(201);
    HttpResponse<String> begun =
        pharos.post("/api/pharos/v1/rollouts", "{\"deployment\":\"gh:1\"}");
    assertThat(begun.statusCode()).as(begun.body()).isEqualTo(201);
    id = JSON.readTree(begun.body()).path("id").asText();
  }

  @AfterEach
  void stop() {
    pharos.close();
    backend.stop(0);
  }

  private void restart() throws Exception {
    pharos = PharosProcess.serve(folder, port);
    pharos.await("being ready", SOON, pharos::isReady);
  }

  /// What a server exposes; nothing where it does not run.
  private String metrics(String color) {
    ObservedServer server = servers.get(color);
    if (!server.running()) {
      return "";
    }
    long good = requests.merge(color, 60L, Long::sum);
    long bad = failing && color.equals("green") ? requests.merge("bad", 60L, Long::sum) : 0;
    return """
        build_info{version="%s"} 1
        http_requests_total{status="200"} %d
        http_requests_total{status="500"} %d
        """
        .formatted(server.version(), good, bad);
  }

  /// One heartbeat, and what it asks for.
  private void beat() {
    var heartbeat =
        new Heartbeat(
            "shop", "production", "host:1:a", epoch, new TreeMap<>(servers), migrated, List.of());
    try {
      HttpResponse<String> answer =
          pharos.post("/api/pharos/v1/rollouts/lease", heartbeat.toJson());
      if (answer.statusCode() == 409) {
        epoch = null;
        return;
      }
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      told = HeartbeatAnswer.parse(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    epoch = told.epoch();
    MigrationTask migrate = told.migrate();
    migrated =
        migrate != null && migrates
            ? new MigrationResult(
                migrate.version(), migrate.phase(), MigrationResult.Outcome.DONE, "V2")
            : null;
    DesiredServers desired = told.desired();
    boolean obeys = returns || !told.phase().equals("RETURNING");
    if (obeys && desired != null) {
      desired.servers().forEach(this::bring);
    }
  }

  private void bring(String name, ServerState wanted) {
    servers.put(
        name,
        wanted.running()
            ? new ObservedServer(
                wanted.version() == null ? servers.get(name).version() : wanted.version(),
                true,
                true,
                wanted.weight())
            : new ObservedServer(null, false, false, 0));
  }

  private JsonNode rollout() {
    try {
      return JSON.readTree(pharos.get("/api/pharos/v1/rollouts/" + id).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Beats until something is there.
  private void beats(String what, BooleanSupplier condition) throws Exception {
    try {
      var _ =
          pharos.await(
              what,
              SOON,
              () -> {
                beat();
                return condition.getAsBoolean();
              });
    } catch (AssertionError e) {
      JsonNode now = rollout();
      throw new AssertionError(
          what
              + " did not happen: "
              + now
              + "\n"
              + pharos.get("/api/pharos/v1/gates/" + now.path("gate").asText()).body(),
          e);
    }
  }

  /// Beats until a phase is there.
  private void until(String phase, int step) throws Exception {
    beats(
        phase + " " + step,
        () -> {
          JsonNode now = rollout();
          return now.path("phase").asText().equals(phase)
              && (step < 0 || now.path("step").asInt() == step);
        });
  }

  /// Kills Pharos, and sees that it stands where it stood.
  private void killed() throws Exception {
    JsonNode before = rollout();
    pharos.kill();
    restart();
    JsonNode after = rollout();
    for (String field : List.of("id", "phase", "step", "since", "desired", "approved")) {
      assertThat(after.path(field)).as("%s of %s", field, before).isEqualTo(before.path(field));
    }
    // A pass may have become too old meanwhile, so that a further gate was opened.
    assertThat(List.copyOf(after.path("events").valueStream().toList()))
        .startsWith(before.path("events").valueStream().toArray(JsonNode[]::new));
    kills++;
  }

  private int act(String what) throws Exception {
    return pharos
        .post("/api/pharos/v1/rollouts/" + id + "/" + what, "{\"reason\":\"as a test\"}")
        .statusCode();
  }

  private int weight(String server) {
    return servers.get(server).weight();
  }

  @Test
  void goodRelease_withAKillInEachPhase_isPromoted() throws Exception {
    killed();
    beats("the migration is asked for", () -> told.migrate() != null);
    killed();
    migrates = true;
    until("STEP", 1);
    assertThat(weight("green")).isLessThanOrEqualTo(10);
    beats("a gate", () -> rollout().path("gate").isTextual());
    assertThat(weight("green")).isEqualTo(10);
    killed();
    assertThat(act("pause")).isEqualTo(200);
    killed();
    assertThat(rollout().path("phase").asText()).isEqualTo("PAUSED");
    assertThat(act("resume")).isEqualTo(200);
    until("HELD", -1);
    assertThat(rollout().path("wants").asText()).isEqualTo("APPROVAL");
    killed();
    assertThat(weight("green")).isEqualTo(10);
    assertThat(act("approve")).isEqualTo(200);
    until("STEP", 2);
    killed();
    until("WATCHING", -1);
    migrates = false;
    killed();
    until("FINISHING", -1);
    killed();
    migrates = true;
    until("PROMOTED", -1);
    killed();

    assertThat(kills).isEqualTo(9);
    assertThat(weight("green")).isEqualTo(100);
    assertThat(servers.get("blue").running()).isFalse();
    beat();
    assertThat(told.phase()).isEqualTo("IDLE");
    assertThat(told.desired().server("green")).contains(new ServerState("1.1", true, 100));
    assertThat(pharos.get("/api/pharos/v1/deployments/gh:1").body()).contains("\"succeeded\"");
    var _ =
        pharos.await(
            "no rollout under way",
            SOON,
            () -> !pharos.get("/metrics").body().contains("pharos_rollout_phase{"));
  }

  @Test
  void badRelease_withAKillOnTheWayBack_returns() throws Exception {
    migrates = true;
    until("STEP", 1);
    failing = true;
    returns = false;
    until("RETURNING", -1);
    String series = "pharos_rollout_phase{phase=\"RETURNING\",rollout=\"shop/production\"} 1";
    var _ = pharos.await(series, SOON, () -> pharos.get("/metrics").body().contains(series));
    killed();
    beat();
    assertThat(told.phase()).isEqualTo("RETURNING");
    assertThat(told.desired().server("green")).contains(new ServerState(null, false, 0));
    assertThat(act("resume")).isEqualTo(409);
    assertThat(act("approve")).isEqualTo(409);
    returns = true;
    until("RETURNED", -1);
    killed();
    assertThat(weight("blue")).isEqualTo(100);
    assertThat(servers.get("green").running()).isFalse();
    assertThat(pharos.get("/api/pharos/v1/deployments/gh:1").body()).contains("\"rolled_back\"");
  }
}
