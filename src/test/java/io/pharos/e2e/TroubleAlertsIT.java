package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.trouble.SmallDisk;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The shipped alerts on Pharos' own trouble, raised by the trouble itself and told by the Pharos
/// that has it. Their times are shortened, nothing else.
class TroubleAlertsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void damageDescriptorsDiskAndDeliveries_areToldWhileTheyLastAndNoLonger() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "64m");
        var receiver = new StormReceiver()) {
      Path data = disk.folder().resolve("data");
      byte[] garbage = new byte[1 << 16];
      new Random(1).nextBytes(garbage);
      Files.createDirectories(data.resolve("store"));
      Files.write(data.resolve("store/pharos.mv.db"), garbage);
      try (PharosProcess pharos = start(data, receiver, "", "")) {
        told(pharos, receiver, "firing PharosDataDamaged");
        told(pharos, receiver, "firing PharosDeliveriesWait");
        assertThat(receiver.states()).noneMatch(it -> it.endsWith("PharosDescriptorsRunningOut"));

        limitDescriptors(pharos, open(pharos) * 10 / 9);
        told(pharos, receiver, "firing PharosDescriptorsRunningOut");
        limitDescriptors(pharos, 4096);
        told(pharos, receiver, "resolved PharosDescriptorsRunningOut");

        assertThat(receiver.states()).noneMatch(it -> it.endsWith("PharosLogNotWritten"));
        disk.fill();
        told(pharos, receiver, "firing PharosLogNotWritten");
        disk.free();
        told(pharos, receiver, "resolved PharosLogNotWritten");
        assertThat(receiver.missing(Set.of("resolved PharosDataDamaged")))
            .as("what was lost stays lost")
            .isNotEmpty();
      }
    }
  }

  /* While nothing can be stored warnings are not told, PharosInTrouble is. What was lost meanwhile is
   * told once there is room: it can't be seen again. */
  @Test
  void diskThatStaysFull_losesStateAndSamples_toldOnceThereIsRoom() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "64m");
        var receiver = new StormReceiver();
        var pages = new Pages()) {
      // Memory takes a sample for each 32 bytes of this heap before samples are refused.
      String heap = "-Xmx96m -XX:NewSize=32m -XX:MaxNewSize=32m";
      try (PharosProcess pharos =
          start(
              disk.folder().resolve("data"),
              receiver,
              heap,
              pages.job("first", "250ms", "") + pages.job("second", "250ms", ""),
              "--limits.series=100000")) {
        pharos.await("a scrape", SOON, () -> value(pharos, "up{job=\"second\"}") == 1);
        disk.fill();
        pharos.await("alerts that can't be stored", SOON, () -> cantStoreAlerts(pharos));
        pharos.await(
            "its alert",
            SOON,
            () ->
                value(pharos, "ALERTS{alertname=\"PharosStoreFailing\",alertstate=\"firing\"}")
                    == 1);
        pharos.await(
            "scrapes that can't be stored",
            SOON,
            () -> metric(pharos, "pharos_scrape_commit_failures_total") > 0);
        disk.free();
        told(pharos, receiver, "firing PharosStoreFailing");
        told(pharos, receiver, "firing PharosScrapesNotStored");
        told(pharos, receiver, "resolved PharosScrapesNotStored");
        told(pharos, receiver, "resolved PharosStoreFailing");
      }
    }
  }

  /* A pipe into which nobody writes would not open, so pipes are not read. There are more targets
   * with such a file than processors: they are unknown, and hold up nobody. */
  @Tag("nightly")
  @Test
  void filesThatNeverOpenAndSeriesWithoutEnd_areToldWhileTheyLast() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "secret");
    Path targets = Files.writeString(folder.resolve("targets.json"), "[]");
    try (var receiver = new StormReceiver();
        var pages = new Pages();
        PharosProcess pharos =
            start(
                folder.resolve("data"),
                receiver,
                "-Xmx256m",
                pages.job("growing", "500ms", "")
                    + pages.job("hung", "500ms", "authorization: {credentials_file: " + token + "}")
                    + "  - {job_name: found, file_sd_configs: [{files: ["
                    + targets
                    + "]}]}\n",
                "--limits.series=1000000")) {
      pharos.await("a scrape", SOON, () -> value(pharos, "up{job=\"hung\"}") == 1);
      neverOpens(token);
      neverOpens(targets);
      pharos.await(
          "pipes that are not read",
          SOON,
          () ->
              metric(pharos, "pharos_unseen_sources{reason=\"credentials\"}") == 4
                  && metric(pharos, "prometheus_sd_file_read_errors_total") > 0);
      assertThat(value(pharos, "up{job=\"growing\"}")).isEqualTo(1);
      opens(token, "secret");
      opens(targets, "[]");
      pharos.await(
          "a scrape",
          SOON,
          () -> metric(pharos, "pharos_unseen_sources{reason=\"credentials\"}") == 0);

      pages.fresh = 2500;
      pharos.await(
          "an old generation that is full", SOON.multipliedBy(3), () -> heap(pharos) > 0.6);
      // The limit of series is far above what the heap can hold, so the heap's own limit must hold.
      pages.fresh = 200;
      pharos.await(
          "a heap that stays nearly full, and its message",
          SOON.multipliedBy(5),
          () -> receiver.missing(Set.of("firing PharosHeapRunningOut")).isEmpty());
      pharos.await("new series that are refused", SOON, () -> refused(pharos) > 0);
      double before = refused(pharos);
      pharos.await("more of them", SOON, () -> refused(pharos) > before + 20 * 200);
      assertThat(value(pharos, "min(up{job=\"growing\"})")).isEqualTo(1);
    }
  }

  private static double heap(PharosProcess pharos) {
    return metric(pharos, "pharos_heap_after_collection_ratio");
  }

  private static double refused(PharosProcess pharos) {
    return metric(pharos, "pharos_scrapes_sample_series_limit_total");
  }

  private static void neverOpens(Path file) throws Exception {
    Files.delete(file);
    run("mkfifo", file.toString());
  }

  private static void opens(Path file, String text) throws IOException {
    Files.delete(file);
    Files.writeString(file, text);
  }

  /// Targets with thousands of series, the same or others each time.
  private static final class Pages implements AutoCloseable {
    private static final int SERIES = 5000;

    private final HttpServer server;
    private final AtomicInteger scrapes = new AtomicInteger();

    /// How many series of a page are new each time.
    private volatile int fresh;

    Pages() throws IOException {
      server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 100);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", this::page);
      server.start();
    }

    private void page(HttpExchange exchange) throws IOException {
      int run = scrapes.incrementAndGet();
      int changing = fresh;
      var page = new StringBuilder();
      for (int i = 0; i < SERIES; i++) {
        int session = i < changing ? run : 0;
        page.append("orders{session=\"").append(session).append('-').append(i).append("\"} 1\n");
      }
      byte[] bytes = page.toString().getBytes(StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    /// A job of four targets.
    ///
    /// @param more keys
    String job(String name, String interval, String more) {
      String targets =
          IntStream.range(0, 4)
              .mapToObj(
                  n ->
                      "{targets: ['127.0.0.1:%d'], labels: {n: '%d'}}"
                          .formatted(server.getAddress().getPort(), n))
              .collect(Collectors.joining(", "));
      return """
        - job_name: %s
          scrape_interval: %s
          scrape_timeout: %s
          %s
          static_configs: [%s]
      """
          .formatted(name, interval, interval, more, targets);
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  /* Long texts that change, until the reserve of the notifier's log is used up. */
  private static boolean cantStoreAlerts(PharosProcess pharos) {
    var random = new Random();
    String alerts =
        IntStream.range(0, 100)
            .mapToObj(
                i ->
                    "{\"labels\":{\"alertname\":\"Long\",\"n\":\"%d\"},\"annotations\":{\"text\":\"%s\"}}"
                        .formatted(
                            i,
                            random
                                .ints(8000, 'a', 'z')
                                .collect(
                                    StringBuilder::new,
                                    StringBuilder::appendCodePoint,
                                    StringBuilder::append)))
            .collect(Collectors.joining(",", "[", "]"));
    try {
      var _ = pharos.post("/api/v2/alerts", alerts);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return metric(pharos, "pharos_alert_store_failures_total") > 0;
  }

  private static double value(PharosProcess pharos, String expression) {
    return StreamSupport.stream(pharos.query(expression).spliterator(), false)
        .mapToDouble(series -> series.path("value").path(1).asDouble())
        .min()
        .orElse(Double.NaN);
  }

  private static double metric(PharosProcess pharos, String series) {
    return pharos
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static long open(PharosProcess pharos) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pharos.pid() + "/fd"))) {
      return open.count();
    }
  }

  private static void limitDescriptors(PharosProcess pharos, long most) throws Exception {
    run("prlimit", "--pid=" + pharos.pid(), "--nofile=" + most + ":4096");
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private static void told(PharosProcess pharos, StormReceiver receiver, String state)
      throws Exception {
    var _ =
        pharos.await("the message " + state, SOON, () -> receiver.missing(Set.of(state)).isEmpty());
  }

  /// @param options of the JVM
  /// @param jobs further scrape configurations
  private PharosProcess start(
      Path data, StormReceiver receiver, String options, String jobs, String... flags)
      throws Exception {
    int port = PharosProcess.freePort();
    int nobody = PharosProcess.freePort();
    Files.writeString(
        folder.resolve("trouble.yml"),
        Files.readString(Path.of("alert-rules/pharos-trouble.yml"))
            .replaceAll("for: \\d+m", "for: 1s")
            .replaceAll("_seconds \\+ 60", "_seconds + 5")
            .replaceAll("\\[\\d+[mh]\\]", "[10s]"));
    Files.writeString(
        folder.resolve("stuck.yml"),
        "groups: [{name: stuck, rules: [{alert: Stuck, expr: vector(1)}]}]\n");
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: [trouble.yml, stuck.yml]
        scrape_configs:
          - {job_name: pharos, static_configs: [{targets: ['127.0.0.1:%d']}]}
        %s"""
            .formatted(port, jobs));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route:
          receiver: hook
          group_by: [alertname]
          group_wait: 0s
          group_interval: 1s
          routes: [{receiver: away, matchers: [alertname=Stuck]}]
        receivers:
          - {name: hook, webhook_configs: [{url: '%s'}]}
          - {name: away, webhook_configs: [{url: 'http://127.0.0.1:%d/'}]}
        """
            .formatted(receiver.url(), nobody));
    var words = new ArrayList<>(List.of(flags));
    words.addFirst("serve");
    words.addAll(
        List.of(
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--probes.dir=",
            "--gates.dir=",
            "--notifications.file=" + folder.resolve("alertmanager.yml"),
            "--storage.path=" + data,
            "--web.listen-address=127.0.0.1:" + port));
    PharosProcess pharos =
        PharosProcess.start(
            Path.of(""),
            folder.resolve("log"),
            "http://127.0.0.1:" + port,
            words,
            Map.of("PHAROS_JAVA_OPTS", options));
    var _ = pharos.await("answering", SOON, () -> answers(pharos));
    return pharos;
  }

  /* Ready it may not be: it says what it has lost. */
  private static boolean answers(PharosProcess pharos) {
    try {
      return pharos.get("/-/healthy").statusCode() == 200;
    } catch (IllegalStateException _) { // nobody listens yet
      return false;
    }
  }
}
