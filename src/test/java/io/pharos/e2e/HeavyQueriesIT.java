package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.pharos.Nightly;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged program under clients that ask for dear ranges again and again: each is answered,
/// and no scrape and no run of a rule is left out. At night with the sizes of docs/PERFORMANCE.md,
/// whose figures this prints.
class HeavyQueriesIT {
  private static final int TARGETS = Nightly.isOn() ? 50 : 10;
  private static final int SERIES = 1_000; // of a target
  private static final int CLIENTS = Nightly.isOn() ? 20 : 8;
  private static final int INTERVAL = Nightly.isOn() ? 10 : 2; // seconds between scrapes
  private static final Duration HISTORY = Duration.ofSeconds(Nightly.isOn() ? 920 : 10);
  private static final Duration LOAD = Duration.ofSeconds(Nightly.isOn() ? 60 : 15);
  private static final Duration SOON = Duration.ofMinutes(2);

  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void heavyQueries_areAnswered_andLeaveOutNoScrapeAndNoRule() throws Exception {
    HttpServer target = target();
    int port = PharosProcess.freePort();
    String url = "http://127.0.0.1:" + port;
    configure(target.getAddress().getPort());
    List<String> words = PharosProcess.serving(folder, port, "--limits.series=200000");
    Map<String, String> heap = Map.of("PHAROS_JAVA_OPTS", Nightly.isOn() ? "-Xmx3g" : "-Xmx1g");
    try (var pharos = PharosProcess.start(Path.of(""), folder.resolve("log"), url, words, heap);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      pharos.await("readiness", SOON, pharos::isReady);
      Thread.sleep(HISTORY);
      double runs = runs(pharos);
      Instant end = Instant.now().plus(LOAD);
      var answers = new ConcurrentHashMap<Integer, AtomicInteger>();
      var asked = new ArrayList<Future<Void>>();
      for (int i = 0; i < CLIENTS; i++) {
        asked.add(threads.submit(until(end, () -> ask(url, answers))));
      }
      List<Long> millis = readiness(url, end);
      for (Future<Void> each : asked) {
        each.get();
      }

      int due = (int) (LOAD.toSeconds() / INTERVAL) * TARGETS;
      double scrapes = scrapes(pharos, end);
      System.out.printf(
          "heavy queries: %s; of %d scrapes %.0f, runs of rules %.0f; /-/ready median %d ms, 99 %% %d ms, most %d ms%n",
          answers,
          due,
          scrapes,
          runs(pharos) - runs,
          millis.get(millis.size() / 2),
          millis.get(millis.size() * 99 / 100),
          millis.getLast());
      assertThat(answers).containsOnlyKeys(200);
      // One of each target may lie just outside the window on a machine that is busy.
      assertThat(scrapes).isGreaterThanOrEqualTo(due - TARGETS);
      assertThat(runs(pharos) - runs).isGreaterThanOrEqualTo(due / TARGETS - 1);
    } finally {
      target.stop(0);
    }
  }

  private static Callable<Void> until(Instant end, Callable<?> action) {
    return () -> {
      while (Instant.now().isBefore(end)) {
        action.call();
      }
      return null;
    };
  }

  private Object ask(String url, Map<Integer, AtomicInteger> answers) throws Exception {
    long now = Instant.now().getEpochSecond();
    String query = encoded("sum by (zone) (rate(work_total[5m]))");
    int status =
        status(
            url
                + "/api/v1/query_range?query=%s&start=%d&end=%d&step=15"
                    .formatted(query, now - 900, now));
    return answers.computeIfAbsent(status, _ -> new AtomicInteger()).incrementAndGet();
  }

  private int status(String url) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url)).timeout(SOON).build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  /// How long it took to say that Pharos is ready, sorted.
  private List<Long> readiness(String url, Instant end) throws Exception {
    var millis = new ArrayList<Long>();
    while (Instant.now().isBefore(end)) {
      long began = System.nanoTime();
      assertThat(status(url + "/-/ready")).isEqualTo(200);
      millis.add(Duration.ofNanos(System.nanoTime() - began).toMillis());
      Thread.sleep(100);
    }
    Collections.sort(millis);
    return millis;
  }

  private static double scrapes(PharosProcess pharos, Instant end) {
    String count =
        "sum(count_over_time(up[%ds] @ %d))".formatted(LOAD.toSeconds(), end.getEpochSecond());
    return value(pharos.query(count));
  }

  private static double runs(PharosProcess pharos) {
    return pharos
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("prometheus_rule_group_iterations_total{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static double value(JsonNode result) {
    return Double.parseDouble(result.path(0).path("value").path(1).asText());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private HttpServer target() throws Exception {
    long began = System.nanoTime();
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          long tenths = (System.nanoTime() - began) / 100_000_000;
          byte[] body =
              IntStream.range(0, SERIES)
                  .mapToObj(
                      n ->
                          "work_total{zone=\"z%d\",n=\"%d\"} %d\n".formatted(n % 10, n, tenths + n))
                  .collect(Collectors.joining("", "# TYPE work_total counter\n", ""))
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          try (var out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    return server;
  }

  private void configure(int port) throws Exception {
    String targets =
        IntStream.range(0, TARGETS)
            .mapToObj(n -> "{targets: ['127.0.0.1:%d'], labels: {target: '%d'}}".formatted(port, n))
            .collect(Collectors.joining(", "));
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: %ds, scrape_timeout: %ds, evaluation_interval: %ds}
        rule_files: [rules.yml]
        scrape_configs: [{job_name: work, static_configs: [%s]}]
        """
            .formatted(INTERVAL, INTERVAL, INTERVAL, targets));
    Files.writeString(
        folder.resolve("rules.yml"),
        """
        groups: [{name: one, rules: [{alert: Down, expr: up == 0, for: 1m}]}]
        """);
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: nobody}
        receivers: [{name: nobody}]
        """);
  }
}
