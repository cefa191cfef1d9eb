package io.pharos.server.app;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.Commands;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.model.Labels;
import io.pharos.storage.Appender;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import io.quarkus.runtime.Quarkus;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Trains the JVM for faster starts: `pharos train` starts the service, sends it requests of
/// several kinds, checks the files of the working folder, and exits. Meanwhile the JVM writes the
/// loaded classes to an AOT cache (JEP 514), which the launcher passes to later starts.
final class StartCacheTraining {
  private static final Logger LOG = LoggerFactory.getLogger(StartCacheTraining.class);

  /// How long the service runs before the requests: long enough for every job to run once.
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  private static final List<String> PATHS =
      List.of(
          "/-/ready",
          "/metrics",
          "/api/v1/query?query=sum(rate(up%5B1m%5D))",
          "/api/v1/rules",
          "/api/v1/targets",
          "/api/v2/alerts",
          "/api/v2/status",
          "/");

  private static final int POSTS = 3;
  private static final int ALERTS = 100;
  private static final int LISTINGS = 2;

  /* 20 series with 300 samples each suffice to complete chunks. */
  private static final int SERIES = 20;
  private static final int SCRAPES = 300;

  private StartCacheTraining() {}

  static void start(ServeOptions options) {
    Thread.ofPlatform().name("training").start(() -> run(options));
  }

  private static void run(ServeOptions options) {
    try (var client = HttpClient.newHttpClient()) {
      reopenStore(options.storagePath().resolve("training"));
      Thread.sleep(WARM_UP);
      for (String path : PATHS) {
        var uri = URI.create("http://" + options.host() + ":" + options.port() + path);
        client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
      }
      postAlerts(client, "http://" + options.host() + ":" + options.port() + "/api/v2/alerts");
      var unread = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      new Commands(Map.of(), unread, unread).run("check", List.of());
    } catch (IOException e) {
      LOG.warn("the training run failed; the start cache may lack classes", e);
    } catch (InterruptedException _) { // the service stops for another reason
      Thread.currentThread().interrupt();
    }
    Quarkus.asyncExit(0);
  }

  /// Writes samples to a store and opens the store again. This loads the classes that read the
  /// write-ahead log.
  private static void reopenStore(Path folder) throws IOException {
    var registry = new SimpleMeterRegistry();
    InstantSource clock = InstantSource.system();
    try (Tsdb store = Tsdb.open(folder, TsdbOptions.defaults(), clock, registry)) {
      for (int scrape = 0; scrape < SCRAPES; scrape++) {
        Appender appender = store.appender();
        for (int i = 0; i < SERIES; i++) {
          var _ =
              appender.append(
                  Labels.of(
                      "__name__",
                      "training_" + i % 9 + "_total",
                      "instance",
                      "i-0",
                      "job",
                      "training",
                      "path",
                      "/training/" + i),
                  clock.millis() - (SCRAPES - scrape) * 1000L,
                  i % 4 == 0 ? i : (double) i * scrape);
        }
        appender.commit();
      }
    }
    Tsdb.open(folder, TsdbOptions.defaults(), clock, registry).close();
  }

  /// Posts alerts and lists them. The process exits before it would send their first notification.
  private static void postAlerts(HttpClient client, String url)
      throws IOException, InterruptedException {
    URI uri = URI.create(url);
    for (int i = 0; i < POSTS; i++) {
      var body = new StringJoiner(",", "[", "]");
      for (int n = 0; n < ALERTS; n++) {
        body.add(
            """
            {"labels": {"alertname": "Training%d", "instance": "i-%d", "severity": "warning"},
             "annotations": {"summary": "One of many."}, "generatorURL": "http://localhost/graph"}"""
                .formatted(i, n));
      }
      client.send(
          HttpRequest.newBuilder(uri)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
              .build(),
          BodyHandlers.discarding());
    }
    for (int i = 0; i < LISTINGS; i++) {
      client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
    }
  }
}
