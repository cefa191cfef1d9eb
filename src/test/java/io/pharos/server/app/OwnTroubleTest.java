package io.pharos.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.Nightly;
import io.pharos.trouble.SmallDisk;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole service without descriptors or disk space. It must not report that something is down
/// or resolved because of that.
@Timeout(1200)
@Tag("nightly")
@Tag("slow")
class OwnTroubleTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SHORT = Duration.ofSeconds(14);

  @TempDir Path directory;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> down = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private SmallDisk disk;
  private ServiceProcess pharos;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          byte[] body = exchange.getRequestBody().readAllBytes();
          byte[] answer = new byte[0];
          int status = 200;
          if (path.equals("/hook")) {
            record(JSON.readTree(body));
          } else if (down.contains(path)) {
            status = 500;
          } else {
            answer = "jobs_waiting 1\n".getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          }
          exchange.getResponseHeaders().set("Connection", "close");
          exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() throws IOException {
    if (pharos != null) {
      pharos.close();
    }
    if (disk != null) {
      disk.close();
    }
    server.stop(0);
  }

  private void record(JsonNode message) {
    for (JsonNode alert : message.get("alerts")) {
      told.add(
          "%s %s %s"
              .formatted(
                  alert.get("status").asText(),
                  alert.get("labels").get("alertname").asText(),
                  alert.get("labels").path("job").asText()));
    }
  }

  private void start(Path data, String limit) throws Exception {
    int port = server.getAddress().getPort();
    Path rules = directory.resolve("rules.yml");
    Files.writeString(
        rules,
        """
        groups:
          - name: g
            interval: 1s
            rules:
              - alert: Down
                # A machine that is busy may miss one scrape.
                expr: max_over_time(up[5s]) == 0
                labels: {severity: critical}
              - alert: Gone
                expr: absent(up{job="a"})
                labels: {severity: critical}
              - alert: Waiting
                expr: min by (job) (jobs_waiting) > 0
                labels: {severity: critical}
        """);
    Files.writeString(
        directory.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
        rule_files: [rules.yml]
        scrape_configs:
          - job_name: a
            metrics_path: /a
            static_configs: [{targets: ['127.0.0.1:%d']}]
          - job_name: b
            metrics_path: /b
            static_configs: [{targets: ['127.0.0.1:%d']}]
        """
            .formatted(port, port));
    Files.writeString(
        directory.resolve("alertmanager.yml"),
        """
        route: {receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 1s}
        receivers:
          - name: hook
            webhook_configs: [{url: 'http://127.0.0.1:%d/hook', send_resolved: true}]
        """
            .formatted(port));
    pharos =
        new ServiceProcess(
            directory.resolve("log"),
            limit,
            List.of(
                "--config.file=" + directory.resolve("prometheus.yml"),
                "--notifications.file=" + directory.resolve("alertmanager.yml"),
                "--storage.path=" + data,
                "--probes.dir=" + directory.resolve("none"),
                "--query.lookback-delta=5s"));
  }

  private void await(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "waited for "
                + what
                + "; told "
                + told
                + "; health: "
                + pharos.ask("health")
                + ", "
                + pharos.ask("error")
                + "; troubles: "
                + pharos.ask("troubles")
                + "; not ready: "
                + pharos.ask("ready")
                + "; log:\n"
                + log());
      }
      Thread.sleep(100);
    }
  }

  private String log() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(directory.resolve("log")));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  @Test
  void descriptorsUsedUp_nothingIsDownAndNothingResolves() throws Exception {
    start(directory.resolve("data"), "ulimit -n 1024");
    await("the first alerts", () -> told.contains("firing Waiting a"));
    await("the first alerts", () -> told.contains("firing Waiting b"));
    Thread.sleep(Duration.ofSeconds(4)); // what fired before the first scrape is over
    told.clear();
    await(
        "unknown targets",
        () -> {
          // A descriptor that was in use at the first call may be free now, and one is enough.
          assertThat(pharos.ask("hog")).contains("Too many open files");
          return pharos.ask("health").equals("unknown unknown");
        });
    // Longer than the lookback, and taking descriptors that are released meanwhile.
    for (long end = System.nanoTime() + SHORT.toNanos(); System.nanoTime() < end; ) {
      assertThat(pharos.ask("hog")).contains("Too many open files");
      assertThat(pharos.ask("health")).doesNotContain("down");
      Thread.sleep(200);
    }
    assertThat(pharos.ask("error")).startsWith("too many open files");
    assertThat(pharos.ask("troubles"))
        .as(log())
        .contains(
            "targets and probes can't be observed: too many open files",
            "file descriptors are in use");
    assertThat(pharos.ask("release")).isEqualTo("released");
    await("sight", () -> pharos.ask("health").equals("up up"));
    Thread.sleep(Duration.ofSeconds(4));

    assertThat(told).isEmpty();

    down.add("/b");
    await("a real outage", () -> told.contains("firing Down b"));
    down.clear();
    await("its end", () -> told.contains("resolved Down b"));
    assertThat(told).noneMatch(it -> it.endsWith("Down a") || it.contains("Gone"));
  }

  @Test
  void diskFull_pagesLeaveNothingResolvesAndAllHeals() throws Exception {
    disk = SmallDisk.mount(directory.resolve("disk"), "24m");
    start(disk.folder().resolve("data"), "true");
    await("the first alerts", () -> told.contains("firing Waiting b"));
    Thread.sleep(Duration.ofSeconds(4)); // what fired before the first scrape is over
    told.clear();
    assertThat(pharos.ask("deploy before")).isEqualTo("Created");
    assertThat(pharos.ask("ready")).isEmpty();
    long memory = Long.parseLong(pharos.ask("memory"));
    disk.fill();
    await("the truth about storage", () -> pharos.ask("ready").contains("No space left"));
    assertThat(pharos.ask("deploy meanwhile")).startsWith("error: ");
    down.add("/a");
    await("a page on a full disk", () -> told.contains("firing Down a"));
    Thread.sleep(Nightly.isOn() ? Duration.ofMinutes(10) : SHORT);
    assertThat(told).noneMatch(it -> it.startsWith("resolved Down") || it.contains("Gone"));
    down.clear();
    await("an end on a full disk", () -> told.contains("resolved Down a"));
    assertThat(Long.parseLong(pharos.ask("memory"))).isLessThan(memory + 40);
    disk.free();
    long freed = System.nanoTime();
    await("all is stored", () -> pharos.ask("ready").isEmpty());
    assertThat(pharos.ask("deploy after")).isEqualTo("Created");
    assertThat(Duration.ofNanos(System.nanoTime() - freed)).isLessThan(Duration.ofSeconds(60));
    assertThat(pharos.ask("deployed before")).isEqualTo("true");
    assertThat(pharos.ask("damages")).isEqualTo("0");

    pharos.kill();
    disk.fill();
    int before = told.size();
    start(disk.folder().resolve("data"), "true");
    // A database that hits the full disk closes; the next query opens it again.
    await("the deployments", () -> pharos.ask("deployed after").equals("true"));
    down.add("/b");
    await("a page of one that was started on a full disk", () -> told.contains("firing Down b"));
    assertThat(told.subList(before, told.size())).doesNotContain("resolved Waiting a");
    disk.free();
    await("all is stored again", () -> pharos.ask("ready").isEmpty());
    assertThat(pharos.ask("deploy last")).isEqualTo("Created");
    assertThat(pharos.ask("damages")).isEqualTo("0");
  }
}
