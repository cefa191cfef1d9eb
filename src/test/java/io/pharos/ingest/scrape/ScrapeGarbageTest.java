package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.WrittenSeries;
import io.pharos.trouble.DescriptorGate;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The garbage of a scrape, from the socket to the store.
class ScrapeGarbageTest {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /// Accepts samples and drops them.
  private static final class Counting implements Appender {
    private int samples;

    @Override
    public AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
      samples++;
      return AppendOutcome.APPENDED;
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      throw new AssertionError("looked up by labels: " + labels);
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
      throw new AssertionError("a histogram");
    }

    @Override
    public void commit() {}

    @Override
    public void rollback() {}

    @Override
    public void close() {}
  }

  private static String page(int lines, int scrape) {
    var page =
        new StringBuilder("# HELP requests_total Requests.\n# TYPE requests_total counter\n");
    for (int i = 0; i < lines; i++) {
      page.append("requests_total{path=\"/api/v1/things/").append(i).append("\",status=\"200\"} ");
      page.append(
          switch ((i + scrape) % 5) {
            case 0 -> "1.7e+09";
            case 1 -> "0.30000000000000004";
            case 2 -> "NaN";
            case 3 -> "12345.678 1700000000000";
            default -> "" + i * scrape;
          });
      page.append('\n');
    }
    return page.toString();
  }

  /// Bytes that a scrape of a known page allocates: the minimum of several, since the first ones
  /// load classes.
  private long bytesPerScrape(int lines, boolean gzip) throws Exception {
    ScrapeConfig config =
        PrometheusConfig.parse("p.yml", "scrape_configs:\n- job_name: j\n", Path.of("/"), Map.of())
            .scrapeConfigs()
            .getFirst();
    try (var web = new FakeTarget();
        var clients = new Clients(InstantSource.system());
        var pool = new ClientPool(clients);
        var line = new TargetConnection(new DescriptorGate(0))) {
      web.gzip = gzip;
      Target target =
          ((Target.Resolution.Active) Target.resolve(config, Labels.empty(), web.address()))
              .target();
      var fetcher = new HttpFetcher(pool, ScrapeOptions.DEFAULT, MemoryBounds.unbounded());
      var series = new TargetSeries();
      var metadata = new TargetMetadata();
      var metrics = new ScrapeMetrics(registry);
      var parser = new PageParser();
      long least = Long.MAX_VALUE;
      for (int scrape = 0; scrape < 12; scrape++) {
        web.body = page(lines, scrape);
        var appender = new Counting();
        long before = threads.getCurrentThreadAllocatedBytes();
        series.begin();
        try (ScrapedPage page = fetcher.fetch(config, target, line)) {
          new SampleIntake(
                  config,
                  target,
                  series,
                  metadata,
                  metrics,
                  appender,
                  1_700_000_000_000L + scrape,
                  MemoryBounds.unbounded())
              .read(page, parser);
        }
        series.commit();
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        assertThat(appender.samples).isEqualTo(lines);
      }
      return least;
    }
  }

  @Test
  void scrape_seriesThatAreKnown_allocatesNothingForEach() throws Exception {
    long few = bytesPerScrape(500, false);
    long many = bytesPerScrape(5500, false);

    assertThat((many - few) / 5000.0).as("bytes a sample: %d, %d", few, many).isLessThan(1);
  }

  @Test
  void scrape_gzip_allocatesNothingForEach() throws Exception {
    long few = bytesPerScrape(500, true);
    long many = bytesPerScrape(5500, true);

    assertThat((many - few) / 5000.0).as("bytes a sample: %d, %d", few, many).isLessThan(1);
  }
}
