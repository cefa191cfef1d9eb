package io.pharos.ingest.scrape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.SeriesShare;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One source with endless new series, and the targets beside it.
class SeriesShareTest {
  private static final int LIMIT = 1600;

  private static final LabelMatcher IS_UP = LabelMatcher.equal(Labels.METRIC_NAME, "up");

  @TempDir private Path directory;
  private Tsdb tsdb;
  private long now = 1_700_000_000_000L;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final InstantSource clock = () -> Instant.ofEpochMilli(now);
  private final Map<String, String> pages = new HashMap<>();

  @BeforeEach
  void open() throws Exception {
    open(LIMIT);
  }

  private void open(int limit) throws Exception {
    tsdb =
        Tsdb.open(
            directory,
            TsdbOptions.defaults().with(draft -> draft.maxSeries = limit),
            clock,
            new SimpleMeterRegistry());
  }

  @AfterEach
  void close() throws Exception {
    tsdb.close();
  }

  private ScrapeLoop loop(String instance) {
    ScrapeConfig config =
        PrometheusConfig.parse(
                "p.yml",
                "scrape_configs:\n- job_name: j\n  scrape_interval: 10s\n",
                Path.of("/"),
                Map.of())
            .scrapeConfigs()
            .getFirst();
    var resolved = (Target.Resolution.Active) Target.resolve(config, Labels.empty(), instance);
    var gaps = new ObservationGaps();
    return new ScrapeLoop(
        config,
        resolved.target(),
        new ScrapeLoop.Context(
            clock,
            until -> now = until,
            (_, target, _) -> page(target.labels().get("instance")),
            tsdb,
            new PageParsers(1),
            new ScrapeMetrics(registry),
            gaps,
            new TimeContinuity(() -> Instant.EPOCH, gaps),
            new LoopRegistry(clock, () -> now * 1_000_000, registry),
            MemoryBounds.unbounded(),
            new DescriptorGate(100, Optional::empty, () -> now * 1_000_000),
            ArrivalListener.IGNORED));
  }

  private ScrapedPage page(String instance) {
    byte[] bytes = pages.getOrDefault(instance, "").getBytes(UTF_8);
    return new ScrapedPage(bytes, bytes.length, "text/plain");
  }

  private static String series(String name, int count) {
    var page = new StringBuilder();
    for (int i = 0; i < count; i++) {
      page.append(name).append("{i=\"").append(i).append("\"} 1\n");
    }
    return page.toString();
  }

  private void scrape(ScrapeLoop loop) throws InterruptedException {
    loop.scrape(now, now);
  }

  private int up() {
    return tsdb.select(List.of(IS_UP), now - 1000, now).size();
  }

  @Test
  void target_withEndlessNewSeries_leavesRoomForTheOthers() throws Exception {
    ScrapeLoop offender = loop("offender:1");
    var good = new ArrayList<ScrapeLoop>();
    for (int i = 0; i < 10; i++) {
      good.add(loop("good:" + i));
    }
    for (int round = 0; round < 4; round++) {
      now += 10_000;
      pages.put("offender:1", series("burst" + round, 2 * LIMIT));
      scrape(offender);
      assertThat(offender.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
      assertThat(offender.status().error()).contains("share").contains("--limits.series");
    }
    for (int i = 0; i < 10; i++) {
      pages.put("good:" + i, series("page", i == 0 ? LIMIT / 8 - 10 : LIMIT / 40));
      scrape(good.get(i));
      assertThat(good.get(i).status().health()).isEqualTo(TargetsSnapshot.Health.UP);
    }
    assertThat(up()).isEqualTo(11);

    now += 10_000;
    pages.put("offender:1", series("burst0", 100));
    scrape(offender);
    assertThat(offender.status().health()).isEqualTo(TargetsSnapshot.Health.UP);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 10, 40})
  void targets_withEndlessNewSeries_leaveRoomForTheOthers(int count) throws Exception {
    tsdb.close();
    open(10 * LIMIT);
    var good = new ArrayList<ScrapeLoop>();
    for (int i = 0; i < 10; i++) {
      good.add(loop("good:" + i));
    }
    var offenders = new ArrayList<ScrapeLoop>();
    for (int i = 0; i < count; i++) {
      offenders.add(loop("offender:" + i));
    }
    for (int round = 0; round < 4; round++) {
      now += 10_000;
      for (int i = 0; i < count; i++) {
        pages.put("offender:" + i, series("burst" + round, 3 * LIMIT));
        scrape(offenders.get(i));
      }
    }
    good.add(loop("new:1"));
    for (ScrapeLoop one : good) {
      for (int size : new int[] {50, 70}) {
        now += 10_000;
        pages.put(one.target.labels().get("instance"), series("page", size));
        scrape(one);
        assertThat(one.status().health()).isEqualTo(TargetsSnapshot.Health.UP);
      }
    }
  }

  @Test
  void batches_atTheSameTime_keepTheLimitTogether() {
    var first = tsdb.appender();
    var second = tsdb.appender();
    for (int i = 0; i < LIMIT; i++) {
      var _ = first.append(Labels.of("__name__", "a", "i", "" + i), now, 1);
      var _ = second.append(Labels.of("__name__", "b", "i", "" + i), now, 1);
    }
    first.commit();
    second.commit();
    assertThat(tsdb.seriesCount()).isEqualTo(LIMIT - LIMIT / 16);

    for (int i = 0; i < LIMIT; i++) {
      try (Appender abandoned = tsdb.appender()) {
        abandoned.useReserve();
        assertThat(abandoned.append(Labels.of("__name__", "c"), now, 1))
            .isEqualTo(AppendOutcome.APPENDED);
      }
    }
  }

  @Test
  void store_isFull_keepsTheReserveForReports() throws Exception {
    try (Appender appender = tsdb.appender()) {
      int stored = 0;
      while (appender.append(Labels.of("__name__", "a", "i", "" + stored), now, 1)
          == AppendOutcome.APPENDED) {
        stored++;
      }
      assertThat(stored).isEqualTo(LIMIT - LIMIT / 16);
      appender.commit();
    }
    pages.put("late:1", series("page", 3));
    ScrapeLoop late = loop("late:1");
    scrape(late);

    assertThat(up()).isOne();
    assertThat(late.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(tsdb.seriesCount()).isEqualTo(LIMIT - LIMIT / 16 + 5);
  }

  @Test
  void share_afterARestart_countsTheSeriesThatAreWrittenAgain() throws Exception {
    var before = new SeriesShare();
    write(before, 300);
    assertThat(before.series()).isEqualTo(300);
    tsdb.close();
    open();

    var share = new SeriesShare();
    now += 10_000;
    write(share, 200);
    assertThat(share.series()).isEqualTo(200);

    now += 6 * 3_600_000;
    tsdb.compactTick(Instant.ofEpochMilli(now));
    assertThat(tsdb.seriesCount()).isZero();
    assertThat(share.series()).isZero();
  }

  private void write(SeriesShare share, int count) {
    try (Appender appender = tsdb.appender()) {
      appender.share(share);
      for (int i = 0; i < count; i++) {
        assertThat(appender.append(Labels.of("__name__", "a", "i", "" + i), now, 1))
            .isEqualTo(AppendOutcome.APPENDED);
      }
      appender.commit();
    }
  }
}
