package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.http.Clients;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.histogram.Histogram;
import io.pharos.schedule.LoopRegistry;
import io.pharos.schedule.ThreadJobs;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Prometheus' own metrics by protobuf, if a Prometheus is installed. Its histograms of HTTP
/// requests are native.
@Tag("peer")
class RealExporterTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final String METRIC = "prometheus_http_request_duration_seconds";

  @TempDir Path directory;

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Process start(int port) throws IOException {
    Path config = directory.resolve("prometheus.yml");
    Files.writeString(config, "global: {}\n");
    return new ProcessBuilder(
            PROMETHEUS.toString(),
            "--config.file=" + config,
            "--storage.tsdb.path=" + directory.resolve("data"),
            "--web.listen-address=127.0.0.1:" + port,
            "--enable-feature=native-histograms")
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  @Test
  @Timeout(value = 90, unit = TimeUnit.SECONDS)
  void scrape_prometheusByProtobuf_storesItsNativeHistograms() throws Exception {
    assumeTrue(Files.isExecutable(PROMETHEUS), PROMETHEUS + " is not installed");
    int port = freePort();
    Process exporter = start(port);
    try (Tsdb tsdb =
        Tsdb.open(
            directory.resolve("tsdb"),
            TsdbOptions.defaults(),
            InstantSource.system(),
            new SimpleMeterRegistry())) {
      request(port);
      var config =
          PrometheusConfig.parse(
              "p.yml",
              """
              global: {scrape_interval: 300ms, scrape_timeout: 300ms}
              scrape_configs:
              - job_name: self
                scrape_native_histograms: true
                static_configs: [{targets: ['127.0.0.1:%d']}]
              """
                  .formatted(port),
              directory,
              Map.of());
      try (var jobs = new ThreadJobs();
          var clients = new Clients(InstantSource.system());
          var manager =
              new ScrapeManager(
                  config,
                  tsdb,
                  InstantSource.system(),
                  clients,
                  new SimpleMeterRegistry(),
                  new ObservationGaps(),
                  new TimeContinuity(InstantSource.system(), new ObservationGaps()),
                  jobs,
                  new LoopRegistry(
                      InstantSource.system(), System::nanoTime, new SimpleMeterRegistry()),
                  new ScrapeOptions(
                      "test",
                      "localhost",
                      1 << 24,
                      1,
                      0,
                      ScrapeOptions.TokenRejectionListener.NONE),
                  MemoryBounds.unbounded(),
                  ArrivalListener.IGNORED)) {
        manager.start();
        SampleWindow window = awaitSamples(tsdb);
        Histogram last = window.histogram(window.size() - 1);
        assertThat(last).isNotNull();
        assertThat(last.hasCustomBuckets()).isFalse();
        assertThat(last.schema()).isBetween(Histogram.MIN_SCHEMA, Histogram.MAX_SCHEMA);
        assertThat(last.count()).isGreaterThanOrEqualTo(1);
        double inBuckets = last.zeroCount();
        for (double count : last.positive().counts()) {
          inBuckets += count;
        }
        assertThat(inBuckets).isEqualTo(last.count());
        assertThat(manager.targets().active().getFirst().lastError()).isEmpty();
      }
    } finally {
      exporter.destroy();
      exporter.waitFor();
    }
  }

  /* The first answered request is in its histogram. */
  private static void request(int port) throws Exception {
    var uri = URI.create("http://127.0.0.1:" + port + "/-/ready");
    try (var client = HttpClient.newHttpClient()) {
      for (int status = 0; status != 200; ) {
        try {
          status =
              client
                  .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                  .statusCode();
        } catch (IOException _) {
          // Not up yet.
          LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
      }
    }
  }

  private static SampleWindow awaitSamples(Tsdb tsdb) {
    var window = new SampleWindow();
    while (window.size() < 3) {
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      SeriesSet series =
          tsdb.select(
              List.of(
                  LabelMatcher.equal("__name__", METRIC),
                  LabelMatcher.equal("handler", "/metrics")),
              0,
              Long.MAX_VALUE);
      window.clear();
      if (series.size() > 0) {
        series.read(0, 0, Long.MAX_VALUE, window);
      }
    }
    return window;
  }
}
