package io.pharos.ingest.scrape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.WrittenSeries;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A target whose pages are stored as rows leaves the same samples as one whose series are stored
/// one by one, including staleness markers, failed scrapes and dropped series.
class PageLayoutTest {
  private static final long T0 = 1_700_000_000_000L;

  @TempDir Path directory;

  /// A target with its store.
  private static final class World {
    private final ScrapeConfig config;
    private final Target target;
    private final Appendable storage;
    private final TargetSeries series = new TargetSeries();
    private final TargetMetadata metadata = new TargetMetadata();
    private final ScrapeMetrics metrics = new ScrapeMetrics(new SimpleMeterRegistry());
    private final PageParser parser = new PageParser();
    private int laidOut;

    World(ScrapeConfig config, Appendable storage) {
      this.config = config;
      this.target =
          ((Target.Resolution.Active) Target.resolve(config, Labels.empty(), "t:80")).target();
      this.storage = storage;
    }

    /// Scrapes like the loop; returns what it would report.
    String scrape(byte[] page, Format format, long time, boolean fullDisk) throws Exception {
      String type = format == Format.TEXT ? "text/plain" : "application/openmetrics-text";
      series.begin();
      laidOut += series.layout() == null ? 0 : 1;
      String failure;
      try (Appender appender = storage.appender()) {
        var intake =
            new SampleIntake(
                config,
                target,
                series,
                metadata,
                metrics,
                appender,
                time,
                MemoryBounds.unbounded());
        try {
          intake.read(new ScrapedPage(page, page.length, type), parser);
          String report = intake.scraped + " " + intake.kept + " " + intake.added;
          if (fullDisk) {
            appender.rollback();
            series.abandon();
            return report + " not stored";
          }
          appender.commit();
          series.commit();
          return report;
        } catch (ScrapeFailure e) {
          failure = intake.scraped + " " + intake.kept + " " + e.getMessage();
          appender.rollback();
        }
      }
      fail(time);
      return failure;
    }

    void unreachable(long time) {
      series.begin();
      fail(time);
    }

    private void fail(long time) {
      try (Appender appender = storage.appender()) {
        series.markAll(appender, time);
        appender.commit();
        series.fail();
      }
    }
  }

  /// Accepts single samples only.
  private record Singles(Appender appender) implements Appender {
    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      return appender.append(labels, timestampMillis, value);
    }

    @Override
    public AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
      return appender.append(series, timestampMillis, value);
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
      return appender.append(labels, timestampMillis, histogram);
    }

    @Override
    public void commit() {
      appender.commit();
    }

    @Override
    public void rollback() {
      appender.rollback();
    }

    @Override
    public void close() {
      appender.close();
    }
  }

  private static String dump(Queryable storage, long until) {
    SeriesSet set = storage.select(List.of(), T0, until);
    var dump = new StringBuilder();
    var window = new SampleWindow();
    for (int i = 0; i < set.size(); i++) {
      window.clear();
      set.read(i, T0, until, window);
      dump.append(set.labels(i));
      for (int at = 0; at < window.size(); at++) {
        long bits = Double.doubleToRawLongBits(window.value(at));
        dump.append(' ').append(window.timestamp(at) - T0).append('=').append(bits);
      }
      dump.append('\n');
    }
    return dump.toString();
  }

  private static ScrapeConfig config(int target) throws Exception {
    String yaml =
        "scrape_configs:\n- job_name: j\n"
            + switch (target % 4) {
              case 0 -> "  honor_timestamps: false\n";
              case 1 ->
                  "  metric_relabel_configs:\n"
                      + "  - {source_labels: [__name__], regex: 'm[0-2]x?', action: drop}\n";
              case 2 ->
                  "  metric_relabel_configs:\n  - {regex: le, action: labeldrop}\n  sample_limit: 25\n";
              default -> "";
            };
    return PrometheusConfig.parse("p.yml", yaml, Path.of("/"), Map.of()).scrapeConfigs().getFirst();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void scrapes_pagesThatChangeAndFail_leaveWhatSinglesLeave(long seed) throws Exception {
    var random = new Random(seed);
    int laidOut = 0;
    for (int target = 0; target < 12; target++) {
      try (Tsdb tsdb = open("rows" + target);
          Tsdb plain = open("singles" + target)) {
        Format format = random.nextBoolean() ? Format.TEXT : Format.OPENMETRICS;
        ScrapeConfig config = config(target);
        var rows = new World(config, tsdb);
        var singles = new World(config, () -> new Singles(plain.appender()));
        List<String> lines = ExpectedSeriesTest.lines(random, 3 + random.nextInt(20));
        long time = T0;
        for (int scrape = 0; scrape < 120; scrape++) {
          time += random.nextInt(60) == 0 ? 0 : 1000;
          if (random.nextInt(9) == 0) {
            ExpectedSeriesTest.mutate(random, lines);
          }
          byte[] page =
              random.nextInt(4) == 0
                  ? ExpectedSeriesTest.page(random, lines, format)
                  : tidy(random, lines, format);
          boolean fullDisk = random.nextInt(25) == 0;
          String expected = singles.scrape(page, format, time, fullDisk);
          assertThat(rows.scrape(page, format, time, fullDisk))
              .as(new String(page, UTF_8))
              .isEqualTo(expected);
          if (random.nextInt(30) == 0) {
            rows.unreachable(time);
            singles.unreachable(time);
          }
          if (random.nextInt(40) == 0) {
            rows.series.forgetTexts();
            singles.series.forgetTexts();
          }
        }
        assertThat(dump(tsdb, time + 1000)).isEqualTo(dump(plain, time + 1000));
        laidOut += rows.laidOut;
      }
    }
    assertThat(laidOut).isGreaterThan(100);
  }

  private Tsdb open(String folder) throws IOException {
    return Tsdb.open(
        directory.resolve(folder),
        TsdbOptions.defaults(),
        () -> Instant.ofEpochMilli(T0),
        new SimpleMeterRegistry());
  }

  /// A typical page: lines with one number each.
  private static byte[] tidy(Random random, List<String> lines, Format format) {
    var page = new StringBuilder();
    for (String line : lines) {
      if (!line.startsWith("#") && !(format == Format.OPENMETRICS && line.contains(" {"))) {
        page.append(line).append(' ').append(random.nextInt(1000)).append('\n');
      }
    }
    if (format == Format.OPENMETRICS) {
      page.append("# EOF\n");
    }
    return page.toString().getBytes(UTF_8);
  }
}
