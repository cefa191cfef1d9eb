package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.e2e.OrdersBackend.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A new user's releases with the packaged program: `pharos init` for a backend whose metrics have
/// names that no library uses, `pharos serve`, and for each release the same `pharos gate`. The
/// times in the written files are divided, so that a release takes half a minute.
class NewReleaseIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration HISTORY = Duration.ofSeconds(50);
  private static final Release FIRST = new Release("1", 0.001, 1, 0);

  @TempDir Path folder;

  @Test
  void gateOfInit_goodReleasePasses_threeBadOnesFail() throws Exception {
    int port = PharosProcess.freePort();
    int backendPort = PharosProcess.freePort();
    Path log = folder.resolveSibling(folder.getFileName() + ".log");
    try (var backend = new OrdersBackend(backendPort, FIRST)) {
      init(port, backendPort);
      String url = "http://127.0.0.1:" + port;
      var words = List.of("serve", "--web.listen-address=127.0.0.1:" + port);
      try (var pharos = PharosProcess.start(folder, log, url, words)) {
        pharos.await("ready", LONG, pharos::isReady);
        pharos.await("scraped", LONG, () -> pharos.query("up{job=\"orders\"} == 1").size() == 1);
        TimeUnit.SECONDS.sleep(HISTORY.toSeconds());

        assertThat(gate(url, backend, new Release("2", 0.001, 1, 0), 0)).contains("PASS");

        assertThat(gate(url, backend, new Release("3", 0.001, 5, 0), 1))
            .contains("latency_vs_baseline", "earlier");
        backend.deploy(FIRST);
        assertThat(gate(url, backend, new Release("4", 0.03, 1, 0), 1))
            .contains("errors_vs_baseline", "earlier");
        backend.deploy(FIRST);
        assertThat(gate(url, backend, new Release("5", 0.001, 1, 500), 1)).contains("probes");
      } finally {
        Files.deleteIfExists(log);
      }
    }
  }

  private String gate(String url, OrdersBackend backend, Release release, int code)
      throws Exception {
    TimeUnit.SECONDS.sleep(5); // the release before it serves
    Instant begin = Instant.now();
    backend.deploy(release);
    var ended =
        PharosProcess.run(
            folder,
            List.of(
                Path.of("pharos").toAbsolutePath().toString(),
                "gate",
                "--service=orders",
                "--env=production",
                "--version=" + release.version(),
                "--wait=110s"),
            Map.of("PHAROS_URL", url));
    System.out.println(
        "e2e: new release: "
            + release
            + " after "
            + Duration.between(begin, Instant.now()).toSeconds()
            + " s:\n"
            + ended.output());
    assertThat(ended.code()).as(release + "\n" + ended.output()).isEqualTo(code);
    return ended.output();
  }

  private void init(int port, int backendPort) throws Exception {
    String launcher = Path.of("pharos").toAbsolutePath().toString();
    String backend = "http://127.0.0.1:" + backendPort;
    var ended =
        PharosProcess.run(
            folder,
            List.of(
                launcher,
                "init",
                "--job=orders",
                "--url=" + backend + "/metrics",
                "--probe=" + backend + "/api/status",
                "--mail=me@example.org",
                "--smtp=127.0.0.1:" + PharosProcess.freePort(), // nobody listens
                "--web.listen-address=127.0.0.1:" + port),
            Map.of());
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("orders_http_requests_total", "orders_http_request_seconds", "with code 0");
    replace("prometheus/prometheus.yml", "scrape_interval: 10s", "scrape_interval: 2s");
    replace("prometheus/prometheus.yml", "scrape_timeout: 5s", "scrape_timeout: 2s");
    replace("probes/orders.yml", "interval: 15s", "interval: 2s");
    replace("probes/orders.yml", "timeout: 5s", "timeout: 2s");
    replace(
        "gates/orders.yml",
        "checks:",
        "interval: 2s\nwarmup: 4s\nmin_soak: 40s\ndeadline: 100s\nchecks:");
    replace(
        "gates/orders.yml",
        "names: [orders]",
        "names: [orders]\n    min_duration: 10s\n    startup: 10s");
    var checked = PharosProcess.run(folder, List.of(launcher, "check"), Map.of());
    assertThat(checked.code()).as(checked.output()).isZero();
    assertThat(checked.output()).contains("0 problems").doesNotContain("findings");
  }

  private void replace(String file, String from, String to) throws IOException {
    Path path = folder.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to));
  }
}
