package io.pharos.ingest.scrape;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bench.ServiceSeries;
import io.pharos.bench.TemporaryStore;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.ServicePage;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.WrittenSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A page of a target that is known, without the socket: each call is the page of the next target.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScrapeBenchmark {
  private static final int PAGES = 8;

  /// After so many scrapes a chunk is full.
  private static final int CHUNK = 120;

  @Param({"1", "100"})
  public int targets;

  private final ScrapeMetrics metrics = new ScrapeMetrics(new SimpleMeterRegistry());
  private final MemoryBounds budgets = MemoryBounds.unbounded();
  private final PageParser parser = new PageParser();
  private final byte[] body = new byte[1 << 20];
  private ScrapeConfig config;
  private Known[] known;
  private TemporaryStore store;
  private int turn;

  private static final class Known {
    final byte[][] pages = new byte[PAGES][];
    final TargetSeries series = new TargetSeries();
    final TargetMetadata metadata = new TargetMetadata();
    final Target target;

    Known(ScrapeConfig config, int number) {
      target =
          ((Target.Resolution.Active)
                  Target.resolve(config, Labels.empty(), "10.0.3." + number + ":9100"))
              .target();
      var page = new ServicePage(number, ServiceSeries.SERIES);
      for (int i = 0; i < PAGES; i++) {
        pages[i] = page.text(i);
      }
    }
  }

  private static final class Nowhere implements Appender {
    private int samples;

    @Override
    public AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
      samples++;
      return AppendOutcome.APPENDED;
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      throw new IllegalStateException("looked up by labels: " + labels);
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
      throw new IllegalStateException("a histogram of " + labels);
    }

    @Override
    public void commit() {}

    @Override
    public void rollback() {}

    @Override
    public void close() {}
  }

  @Setup
  public void open() throws Exception {
    config =
        PrometheusConfig.parse("p.yml", "scrape_configs:\n- job_name: j\n", Path.of("/"), Map.of())
            .scrapeConfigs()
            .getFirst();
    store = new TemporaryStore();
    known = new Known[targets];
    for (int i = 0; i < targets; i++) {
      known[i] = new Known(config, i);
    }
    /* Chunks are full at different times, so that each measurement has its share of full ones. */
    for (int scrape = 0; scrape < CHUNK; scrape++) {
      for (int i = 0; i < targets; i++) {
        if (scrape >= i * CHUNK / targets) {
          store(known[i], scrape);
        }
      }
      store.now(store.now() + ServiceSeries.INTERVAL);
    }
    turn = CHUNK * targets;
  }

  @TearDown
  public void close() throws IOException {
    store.close();
  }

  /* As from a socket: into the same bytes again and again. */
  private ScrapedPage receive(byte[] page) {
    System.arraycopy(page, 0, body, 0, page.length);
    return new ScrapedPage(body, page.length, "text/plain; version=0.0.4");
  }

  private int read(Known one, int scrape, Appender appender) throws ScrapeFailure {
    one.series.begin();
    var intake =
        new SampleIntake(
            config, one.target, one.series, one.metadata, metrics, appender, store.now(), budgets);
    intake.read(receive(one.pages[ServiceSeries.toAndFro(scrape, PAGES)]), parser);
    appender.commit();
    one.series.commit();
    return intake.kept;
  }

  private int store(Known one, int scrape) throws ScrapeFailure {
    try (Appender appender = store.tsdb().appender()) {
      return read(one, scrape, appender);
    }
  }

  private Known next() {
    Known next = known[turn % targets];
    if (++turn % targets == 0) {
      store.now(store.now() + ServiceSeries.INTERVAL);
    }
    return next;
  }

  /// A page to samples of known series, for a sample.
  @Benchmark
  @OperationsPerInvocation(ServiceSeries.SERIES)
  public int parse() throws ScrapeFailure {
    var nowhere = new Nowhere();
    read(next(), turn / targets, nowhere);
    return nowhere.samples;
  }

  /// A page to samples in the log and the store, for a sample.
  @Benchmark
  @OperationsPerInvocation(ServiceSeries.SERIES)
  public int scrape() throws ScrapeFailure {
    return store(next(), turn / targets);
  }
}
