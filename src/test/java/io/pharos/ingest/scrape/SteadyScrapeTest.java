package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.exposition.ServicePage;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The garbage of a scrape of known series, from the page to the log and the chunks. Unlike
/// [ScrapeGarbageTest] it includes the store but not the socket.
class SteadyScrapeTest {
  private static final int SERIES = 1_000;

  /// After so many scrapes each series has as many additional finished chunks as end while growing.
  private static final int ROUND = 120;

  private static final Instant BEGIN = Instant.ofEpochSecond(1_700_006_400);

  @TempDir Path directory;

  /// Bytes allocated per sample in each scrape of a round, when everything is known and loaded.
  private double[] bytesPerSample() throws Exception {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PrometheusConfig config =
        PrometheusConfig.parse(
            "p.yml",
            "scrape_configs:\n- job_name: j\n  static_configs:\n  - targets: ['a:1']\n",
            Path.of("/"),
            Map.of());
    var now = new AtomicReference<>(BEGIN);
    var registry = new SimpleMeterRegistry();
    var bytes = new double[ROUND];
    try (var tsdb = Tsdb.open(directory, TsdbOptions.defaults(), now::get, registry)) {
      var scraper = PlayedScrapes.scraper(config, tsdb, registry, "text/plain; version=0.0.4");
      var page = new ServicePage(1, SERIES);
      for (int scrape = 0; scrape < 3 * ROUND; scrape++) {
        byte[] body = page.text(scrape);
        now.set(BEGIN.plus(Duration.ofSeconds(15).multipliedBy(scrape)));
        long before = threads.getCurrentThreadAllocatedBytes();
        scraper.accept(body, now.get());
        bytes[scrape % ROUND] =
            (threads.getCurrentThreadAllocatedBytes() - before) / (double) SERIES;
      }
      double stored =
          registry
              .get("prometheus_tsdb_head_samples_appended_total")
              .tag("type", "float")
              .counter()
              .count();
      assertThat(stored).isGreaterThanOrEqualTo(3.0 * ROUND * SERIES);
    }
    return bytes;
  }

  @Test
  void scrape_ofKnownSeries_leavesFewBytesForEach() throws Exception {
    double[] bytes = bytesPerSample();
    double mean = Arrays.stream(bytes).average().orElseThrow();
    Arrays.sort(bytes);
    double median = bytes[ROUND / 2];
    String figures =
        "bytes a sample: median %.1f, mean %.1f, most %.1f"
            .formatted(median, mean, bytes[ROUND - 1]);
    System.out.println("SteadyScrapeTest: " + figures);

    /* The columns of the batch, which are new for each scrape; the growing chunk. */
    assertThat(median).as(figures).isLessThan(36);
    /* And packing a chunk of 120 samples, for all series of a target in one scrape. */
    assertThat(mean).as(figures).isLessThan(106);
  }
}
