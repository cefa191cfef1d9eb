package io.pharos.ingest.scrape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.http.KeptConnection;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.Descriptors;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One loop on a virtual clock, with pages that the test writes.
class ScrapeLoopTest {
  private static final String TEXT = "text/plain; version=0.0.4";

  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<Long> scrapedAt = new ArrayList<>();
  private final ObservationGaps observationGaps = new ObservationGaps();
  private Appendable target = storage;
  private MemoryBounds budgets = MemoryBounds.unbounded();
  private long now = 1_000_000;
  private String body = "a 1\n";
  private String contentType = TEXT;
  private boolean unreachable;
  private @Nullable Throwable fails;
  private long fetchTakes;
  private TimeContinuity continuity =
      new TimeContinuity(() -> Instant.EPOCH, new ObservationGaps());
  private long openDescriptors;

  /// The events of arrivals: `only=true {…}`, `awaits@…`, `stored@… next …`, `closed`.
  private final List<String> arrived = new ArrayList<>();

  private final ArrivalListener arrivals =
      (labels, only) -> {
        arrived.add("only=" + only + " " + labels);
        return new ArrivalListener.Source() {
          @Override
          public void awaits(long millis) {
            arrived.add("awaits@" + millis);
          }

          @Override
          public void stored(long millis, long nextMillis, boolean notable) {
            arrived.add("stored@" + millis + " next " + nextMillis + (notable ? " notable" : ""));
          }

          @Override
          public void close() {
            arrived.add("closed");
          }
        };
      };

  /// For how long the target keeps idle connections open.
  private final Deque<Long> closesAfter = new ArrayDeque<>();

  private boolean diesThen;

  /// For how long the target is then down.
  private long restartTakes = Long.MAX_VALUE / 2;

  private long backAt = Long.MAX_VALUE;

  private ScrapeLoop loop(String more) {
    ScrapeConfig config = config(more);
    return new ScrapeLoop(config, target(config), context());
  }

  private static ScrapeConfig config(String more) {
    return PrometheusConfig.parse(
            "p.yml",
            "scrape_configs:\n- job_name: j\n  scrape_interval: 10s\n  " + more + "\n",
            Path.of("/"),
            Map.of())
        .scrapeConfigs()
        .getFirst();
  }

  private static Target target(ScrapeConfig config) {
    var resolved = Target.resolve(config, Labels.of("env", "test"), "h:1");
    return ((Target.Resolution.Active) resolved).target();
  }

  private ScrapeLoop.Context context() {
    InstantSource clock = () -> Instant.ofEpochMilli(now);
    return new ScrapeLoop.Context(
        clock,
        new Pacer() {
          @Override
          public void await(long until) throws InterruptedException {
            if (scrapedAt.size() >= 4) {
              throw new InterruptedException();
            }
            now = until;
            unreachable &= now < backAt;
          }

          @Override
          public boolean await(long until, KeptConnection connection) throws InterruptedException {
            Long idle = scrapedAt.isEmpty() ? null : closesAfter.poll();
            if (idle == null || now + idle >= until) {
              await(until);
              return false;
            }
            now += idle;
            unreachable = diesThen;
            backAt = now + restartTakes;
            return true;
          }
        },
        (_, _, _) -> fetch(),
        (() -> target.appender()),
        new PageParsers(1),
        new ScrapeMetrics(registry),
        observationGaps,
        continuity,
        new LoopRegistry(clock, () -> clock.millis() * 1_000_000, registry),
        budgets,
        new DescriptorGate(
            100,
            () -> Optional.of(new Descriptors(openDescriptors, 1000)),
            () -> clock.millis() * 1_000_000),
        arrivals);
  }

  private ScrapedPage fetch() throws ScrapeFailure {
    scrapedAt.add(now);
    now += fetchTakes;
    switch (fails) {
      case null -> {}
      case ScrapeFailure failure -> throw failure;
      case Error error -> throw error;
      default -> throw new AssertionError(fails);
    }
    if (unreachable) {
      throw new ScrapeFailure(ScrapeFailure.Reason.CONNECT, "no way");
    }
    byte[] bytes = body.getBytes(UTF_8);
    return new ScrapedPage(bytes, bytes.length, contentType);
  }

  private void scrape(ScrapeLoop loop, long at) throws InterruptedException {
    now = at;
    loop.scrape(at, at);
  }

  @Test
  void scrape_page_storesSamplesAndReport() throws Exception {
    body = "a{x=\"1\"} 1\na{x=\"2\"} 2\nb 3\n";
    ScrapeLoop loop =
        loop("metric_relabel_configs: [{source_labels: [x], regex: '2', action: drop}]");

    scrape(loop, 1000);
    scrape(loop, 2000);

    assertThat(Samples.labels(storage, "a"))
        .containsExactly(Labels.of("env", "test", "instance", "h:1", "job", "j", "x", "1"));
    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "1@2000");
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "1@2000");
    assertThat(Samples.of(storage, "scrape_samples_scraped")).containsExactly("3@1000", "3@2000");
    assertThat(Samples.of(storage, "scrape_samples_post_metric_relabeling"))
        .containsExactly("2@1000", "2@2000");
    assertThat(Samples.of(storage, "scrape_series_added")).containsExactly("2@1000", "0@2000");
    assertThat(Samples.of(storage, "scrape_duration_seconds")).hasSize(2);
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UP);
  }

  @Test
  void scrape_seriesVanishes_endsWithAMarkerAndMayComeBack() throws Exception {
    ScrapeLoop loop = loop("");
    body = "a 1\nb 1\n";
    scrape(loop, 1000);
    body = "a 2\n";
    scrape(loop, 2000);
    scrape(loop, 3000);
    body = "a 3\nb 3\n";
    scrape(loop, 4000);

    assertThat(Samples.of(storage, "b")).containsExactly("1@1000", "stale@2000", "3@4000");
    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "2@2000", "2@3000", "3@4000");
  }

  @Test
  void scrape_labelsWrittenInAnotherOrder_areTheSameSeries() throws Exception {
    ScrapeLoop loop = loop("");
    body = "a{x=\"1\",y=\"2\"} 1\n";
    scrape(loop, 1000);
    body = "a{y=\"2\",x=\"1\"} 2\n";
    scrape(loop, 2000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "2@2000");
    assertThat(Samples.last(storage, "scrape_series_added")).isZero();
  }

  @Test
  void scrape_fails_endsAllSeriesOnceAndSaysDown() throws Exception {
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    unreachable = true;
    scrape(loop, 2000);
    scrape(loop, 3000);
    unreachable = false;
    scrape(loop, 4000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "stale@2000", "1@4000");
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "0@2000", "0@3000", "1@4000");
    assertThat(Samples.of(storage, "scrape_series_added"))
        .containsExactly("1@1000", "0@2000", "0@3000", "0@4000");
    assertThat(registry.get("pharos_scrapes").tags("outcome", "connect").counter().count())
        .isEqualTo(2);
  }

  @Test
  void scrape_brokenPage_storesNothingOfIt() throws Exception {
    ScrapeLoop loop = loop("");
    body = "a 1\nb 1\n";
    scrape(loop, 1000);
    body = "a 2\nnew 2\nb x\n";
    scrape(loop, 2000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "stale@2000");
    assertThat(Samples.of(storage, "b")).containsExactly("1@1000", "stale@2000");
    assertThat(Samples.of(storage, "new")).isEmpty();
    assertThat(loop.status().error()).contains("line 3, column 3: found \"x\", expected a value");
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.DOWN);
  }

  @Test
  void scrape_wrongContentType_failsUnlessThereIsAFallback() throws Exception {
    contentType = "text/html";
    ScrapeLoop strict = loop("");
    scrape(strict, 1000);
    assertThat(strict.status().error())
        .contains("found Content-Type \"text/html\"", "fallback_scrape_protocol");

    ScrapeLoop lenient = loop("fallback_scrape_protocol: PrometheusText0.0.4");
    scrape(lenient, 2000);
    assertThat(lenient.status().health()).isEqualTo(TargetsSnapshot.Health.UP);

    body = "a 1\n# EOF\n";
    contentType = "";
    ScrapeLoop open = loop("fallback_scrape_protocol: OpenMetricsText1.0.0");
    scrape(open, 3000);
    assertThat(open.status().health()).isEqualTo(TargetsSnapshot.Health.UP);
  }

  @Test
  void scrape_sampleLimit_refusesTheScrapeAsAWhole() throws Exception {
    ScrapeLoop loop = loop("sample_limit: 2");
    body = "a 1\nb 1\nc 1\n";
    scrape(loop, 1000);

    assertThat(Samples.of(storage, "a")).isEmpty();
    assertThat(Samples.of(storage, "up")).containsExactly("0@1000");
    assertThat(Samples.of(storage, "scrape_samples_scraped")).containsExactly("3@1000");
    assertThat(loop.status().error()).isEqualTo("sample limit exceeded: more than 2 samples");
    assertThat(registry.get("prometheus_target_scrapes_exceeded_sample_limit").counter().count())
        .isOne();
  }

  @Test
  void scrape_labelLimits_refuseTheScrape() throws Exception {
    body = "a{long_name=\"long value\"} 1\n";
    ScrapeLoop names = loop("label_name_length_limit: 8");
    ScrapeLoop values = loop("label_value_length_limit: 9");
    ScrapeLoop count = loop("label_limit: 4");
    scrape(names, 1000);
    scrape(values, 2000);
    scrape(count, 3000);

    assertThat(names.status().error()).contains("label_name_length_limit exceeded: found 9");
    assertThat(values.status().error())
        .contains("label_value_length_limit exceeded: found 10 characters, expected at most 9");
    assertThat(count.status().error()).contains("label_limit exceeded: found 5 labels");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "label_name_length_limit: 8",
        "label_value_length_limit: 9",
        "label_limit: 4",
        "metric_relabel_configs: [{regex: __name__, action: labeldrop}]"
      })
  void scrape_samePageAgain_isRefusedAgain(String limit) throws Exception {
    body = "a{long_name=\"long value\"} 1\n";
    ScrapeLoop loop = loop(limit);
    for (int time = 1000; time <= 3000; time += 1000) {
      scrape(loop, time);
      assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.DOWN);
    }
    assertThat(Samples.of(storage, "up")).containsExactly("0@1000", "0@2000", "0@3000");
    assertThat(Samples.of(storage, "scrape_samples_post_metric_relabeling"))
        .containsExactly("1@1000", "1@2000", "1@3000");
  }

  @Test
  void scrape_relabelledWithoutName_isRefused() throws Exception {
    ScrapeLoop loop = loop("metric_relabel_configs: [{regex: __name__, action: labeldrop}]");
    scrape(loop, 1000);

    assertThat(loop.status().error()).contains("found a series without a metric name");
  }

  @Test
  void scrape_conflictingLabels_areExportedOrHonoured() throws Exception {
    body = "a{job=\"x\",exported_job=\"y\",env=\"z\"} 1\n";
    scrape(loop(""), 1000);
    scrape(loop("honor_labels: true"), 2000);

    assertThat(Samples.labels(storage, "a"))
        .containsExactlyInAnyOrder(
            Labels.of(
                Map.of(
                    "job",
                    "j",
                    "exported_exported_job",
                    "x",
                    "exported_job",
                    "y",
                    "env",
                    "test",
                    "exported_env",
                    "z",
                    "instance",
                    "h:1")),
            Labels.of(Map.of("job", "x", "exported_job", "y", "env", "z", "instance", "h:1")));
  }

  @Test
  void scrape_timestamps_areHonouredAndNotEnded() throws Exception {
    ScrapeLoop loop = loop("");
    body = "a 1 500\n";
    scrape(loop, 1000);
    body = "b 1\n";
    scrape(loop, 2000);
    assertThat(Samples.of(storage, "a")).containsExactly("1@500");

    ScrapeLoop tracking = loop("track_timestamps_staleness: true");
    body = "c 1 2500\n";
    scrape(tracking, 3000);
    body = "b 1\n";
    scrape(tracking, 4000);
    assertThat(Samples.of(storage, "c")).containsExactly("1@2500", "stale@4000");

    ScrapeLoop ignoring = loop("honor_timestamps: false");
    body = "d 1 500\n";
    scrape(ignoring, 5000);
    assertThat(Samples.of(storage, "d")).containsExactly("1@5000");
  }

  @Test
  void scrape_sameSeriesTwice_keepsTheFirstAndCounts() throws Exception {
    body = "a 1\na 2\n";
    scrape(loop(""), 1000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000");
    assertThat(
            registry.get("prometheus_target_scrapes_sample_duplicate_timestamp").counter().count())
        .isOne();
  }

  @Test
  void scrape_storeFails_isUnknownAndEndsNothing() throws Exception {
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    target = FailingAppender::new;
    scrape(loop, 2000);
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(loop.status().error()).contains("could not be stored: disk full");
    target = storage;
    body = "b 1\n";
    scrape(loop, 3000);

    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "1@3000");
    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "stale@3000");
    assertThat(registry.get("pharos_scrape_commit_failures").counter().count()).isOne();
  }

  @Test
  void scrape_storeFails_isUnobservedUntilTwoScrapesAreStored() throws Exception {
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    target = FailingAppender::new;
    scrape(loop, 2000);
    assertThat(observationGaps.gaps())
        .singleElement()
        .satisfies(
            spot -> {
              assertThat(spot.labels().get("job")).isEqualTo("j");
              assertThat(spot.names()).contains("a", "up");
              assertThat(spot.fault().kind()).isEqualTo(FailureOrigin.Kind.STORE);
              assertThat(spot.since()).isEqualTo(Instant.ofEpochMilli(2000));
            });
    target = storage;
    scrape(loop, 3000);
    assertThat(observationGaps.gaps()).hasSize(1);
    scrape(loop, 4000);
    assertThat(observationGaps.gaps()).isEmpty();
  }

  @Test
  void scrape_ownTrouble_writesNothingAndEndsNothing() throws Exception {
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    fails = new OutOfMemoryError("Java heap space");
    scrape(loop, 2000);
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(loop.status().error()).isEqualTo("out of memory: Java heap space");
    fails =
        new ScrapeFailure(
            new FailureOrigin.Own(FailureOrigin.Kind.DESCRIPTORS, "too many open files"),
            new java.io.IOException());
    scrape(loop, 3000);
    fails = new ScrapeFailure(ScrapeFailure.Reason.CREDENTIALS, "unable to read file t");
    scrape(loop, 4000);

    assertThat(Samples.of(storage, "up")).containsExactly("1@1000");
    assertThat(Samples.of(storage, "a")).containsExactly("1@1000");
    assertThat(observationGaps.gaps()).hasSize(1);
    assertThat(registry.get("pharos_scrapes").tag("outcome", "own_trouble").counter().count())
        .isEqualTo(2);
  }

  @Test
  void scrape_fewDescriptorsLeft_isUnknownUnlessItHasAConnection() throws Exception {
    now = 0;
    ScrapeLoop.Context context = context();
    ScrapeConfig config = config("");
    var loop = new ScrapeLoop(config, target(config), context);
    for (int i = 0; i < 50; i++) {
      assertThat(context.descriptors().acquire()).isTrue();
    }
    openDescriptors = 900;
    scrape(loop, 1000);
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(loop.status().error())
        .isEqualTo(
            "too many open files: the last 100 file descriptors are reserved for messages and"
                + " requests; raise the limit of the process");
    assertThat(observationGaps.gaps().getFirst().fault().kind())
        .isEqualTo(FailureOrigin.Kind.DESCRIPTORS);

    openDescriptors = 899;
    scrape(loop, 2000);
    openDescriptors = 900;
    scrape(loop, 3000);
    unreachable = true;
    scrape(loop, 4000);
    scrape(loop, 5000);
    assertThat(scrapedAt).containsExactly(2000L, 3000L, 4000L);
    assertThat(Samples.of(storage, "up")).containsExactly("1@2000", "1@3000", "0@4000");
    // The first scrape was lost; the next process must know that.
    assertThat(Samples.of(storage, "scrape_series_added"))
        .containsExactly("stale@1000", "1@2000", "0@3000", "0@4000");
  }

  @Test
  void storedScrapes_areTold_withTheTimeOfTheNext_andWhetherTheTargetIsOrWasDown()
      throws Exception {
    ScrapeLoop loop = loop("");
    long first = loop.target.nextDue(0);
    scrape(loop, first);
    scrape(loop, first + 10_000);
    unreachable = true;
    scrape(loop, first + 20_000);
    unreachable = false;
    scrape(loop, first + 30_000);
    scrape(loop, first + 40_000);
    loop.end();

    assertThat(arrived)
        .containsExactly(
            "only=true {env=\"test\", instance=\"h:1\", job=\"j\"}",
            "stored@" + first + " next " + (first + 10_000) + " notable",
            "stored@" + (first + 10_000) + " next " + (first + 20_000),
            "stored@" + (first + 20_000) + " next " + (first + 30_000) + " notable",
            "stored@" + (first + 30_000) + " next " + (first + 40_000) + " notable",
            "stored@" + (first + 40_000) + " next " + (first + 50_000),
            "closed");
  }

  @Test
  void scrapeThatIsNotStored_isNotTold() throws Exception {
    ScrapeLoop loop = loop("");
    target =
        () -> {
          throw new IllegalStateException("disk");
        };
    scrape(loop, loop.target.nextDue(0));
    assertThat(arrived).hasSize(1);
  }

  @Test
  void targetWhoseSeriesMayHaveOtherLabels_isToldAsSuch() {
    ScrapeLoop _ = loop("honor_labels: true");
    ScrapeLoop _ = loop("metric_relabel_configs: [{target_label: instance, replacement: x}]");
    ScrapeLoop _ = loop("metric_relabel_configs: [{action: drop, regex: x}]");
    assertThat(arrived)
        .extracting(line -> line.substring(0, line.indexOf(' ')))
        .containsExactly("only=false", "only=false", "only=true");
  }

  @Test
  void run_anyThrowable_doesNotEndTheLoop() throws Exception {
    ScrapeLoop loop = loop("");
    fails = new StackOverflowError();
    loop.run();

    assertThat(scrapedAt).hasSize(4);
    assertThat(registry.find("pharos_loop_last_run_timestamp_seconds").gauges()).isEmpty();
  }

  @Test
  void scrape_newSeriesWithoutRoom_storesTheOthersAndIsUnobservedForTheirNames() throws Exception {
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    target = () -> new FullAppender(storage.appender(), "b");
    body = "a 2\nb{x=\"1\"} 1\nb{x=\"2\"} 1\n";
    scrape(loop, 2000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "2@2000");
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "1@2000");
    assertThat(Samples.of(storage, "scrape_series_added")).containsExactly("1@1000", "stale@2000");
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(loop.status().error())
        .startsWith("2 new series of this target are not stored")
        .contains("--limits.series");
    assertThat(observationGaps.gaps())
        .singleElement()
        .satisfies(
            spot -> {
              assertThat(spot.names()).containsExactly("b");
              assertThat(spot.fault().kind()).isEqualTo(FailureOrigin.Kind.LIMIT);
            });

    target = storage;
    scrape(loop, 3000);
    scrape(loop, 4000);
    assertThat(observationGaps.gaps()).isEmpty();
    assertThat(Samples.of(storage, "b")).contains("1@3000");
  }

  @Test
  void scrape_moreSeriesThanAllMayHave_isUnknownAndEndsNothing() throws Exception {
    budgets =
        new MemoryBounds(
            new MemoryBounds.Values(1 << 20, Map.of(MemoryBound.SERIES, 3L)),
            () -> Instant.EPOCH,
            registry);
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    body = "a 2\nb 1\nc 1\nd 1\ne 1\n";
    scrape(loop, 2000);
    body = "a 3\n";
    scrape(loop, 3000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "3@3000");
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "1@3000");
    assertThat(Samples.of(storage, "b")).isEmpty();
    assertThat(registry.get("pharos_limit_refusals").tag("limit", "series").counter().count())
        .isOne();
  }

  /// A store that rejects series of a given name.
  private record FullAppender(Appender other, String name) implements Appender {
    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      return labels.metricName().equals(name)
          ? AppendOutcome.SERIES_LIMIT
          : other.append(labels, timestampMillis, value);
    }

    @Override
    public AppendOutcome append(
        Labels labels,
        long timestampMillis,
        io.pharos.model.histogram.Histogram histogram,
        long startMillis) {
      return other.append(labels, timestampMillis, histogram);
    }

    @Override
    public void commit() {
      other.commit();
    }

    @Override
    public void rollback() {
      other.rollback();
    }

    @Override
    public void close() {
      other.close();
    }
  }

  private static final class FailingAppender implements Appender {
    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      return AppendOutcome.APPENDED;
    }

    @Override
    public AppendOutcome append(
        Labels labels,
        long timestampMillis,
        io.pharos.model.histogram.Histogram histogram,
        long startMillis) {
      return AppendOutcome.APPENDED;
    }

    @Override
    public void commit() {
      throw new UncheckedIOException("disk full", new java.io.IOException());
    }

    @Override
    public void rollback() {}

    @Override
    public void close() {}
  }

  @Test
  void successor_otherRelabelling_goesOnWithTheSeries() throws Exception {
    ScrapeLoop loop = loop("");
    body = "a 1\nb 1\n";
    scrape(loop, 1000);
    ScrapeConfig config =
        config("metric_relabel_configs: [{source_labels: [__name__], regex: b, action: drop}]");
    ScrapeLoop next = loop.successor(config, target(config));
    scrape(next, 2000);

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "1@2000");
    assertThat(Samples.of(storage, "b")).containsExactly("1@1000", "stale@2000");
    assertThat(Samples.of(storage, "scrape_series_added")).containsExactly("2@1000", "0@2000");
  }

  @Test
  void end_target_endsSamplesAndReport() throws Exception {
    ScrapeLoop loop = loop("");
    loop.end();
    scrape(loop, 1000);
    now = 900;
    loop.end();

    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "stale@1001");
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "stale@1001");
  }

  @Test
  void run_onTime_scrapesOnceAnIntervalAtTheTargetsPlace() {
    ScrapeLoop loop = loop("");
    loop.run();

    long offset = loop.target.offsetMillis();
    assertThat(offset).isBetween(0L, 9999L);
    assertThat(scrapedAt).allSatisfy(at -> assertThat((at - offset) % 10_000).isZero());
    assertThat(scrapedAt.get(3) - scrapedAt.get(0)).isEqualTo(30_000);
    var lengths = registry.get("prometheus_target_interval_length_seconds").summary();
    assertThat(lengths.count()).isEqualTo(3);
    assertThat(lengths.totalAmount()).isEqualTo(30);
  }

  private List<Long> scrapesSinceTheFirst() {
    return scrapedAt.stream().map(at -> at - scrapedAt.getFirst()).toList();
  }

  @Test
  void run_targetDiesBetweenScrapes_isScrapedAtOnceAndAfterAPause_andDown() {
    closesAfter.add(3000L);
    diesThen = true;
    loop("").run();

    assertThat(scrapesSinceTheFirst()).containsExactly(0L, 3000L, 4000L, 10_000L);
    long first = scrapedAt.getFirst();
    assertThat(Samples.of(storage, "up"))
        .containsExactly("1@" + first, "0@" + (first + 4000), "0@" + (first + 10_000));
    assertThat(Samples.of(storage, "a")).containsExactly("1@" + first, "stale@" + (first + 4000));
    var lengths = registry.get("prometheus_target_interval_length_seconds").summary();
    assertThat(lengths.totalAmount()).isEqualTo(10);
  }

  @Test
  void run_targetIsRestartedWithinThePause_wasNeverDown_andItsNextEndIsNews() {
    closesAfter.addAll(List.of(3000L, 3000L));
    diesThen = true;
    restartTakes = 900;
    loop("").run();

    assertThat(scrapesSinceTheFirst()).startsWith(0L, 3000L, 4000L, 10_000L);
    long first = scrapedAt.getFirst();
    assertThat(Samples.of(storage, "up"))
        .startsWith("1@" + first, "1@" + (first + 4000), "1@" + (first + 10_000));
    assertThat(Samples.of(storage, "a")).noneMatch(sample -> sample.startsWith("stale"));
  }

  @Test
  void run_targetIsAwayForLongerThanThePause_isDownUntilItIsBack() {
    closesAfter.add(3000L);
    diesThen = true;
    restartTakes = 1100;
    loop("").run();

    long first = scrapedAt.getFirst();
    assertThat(Samples.of(storage, "up"))
        .containsExactly("1@" + first, "0@" + (first + 4000), "1@" + (first + 10_000));
  }

  @Test
  void run_targetDiesShortlyBeforeItsTurn_isDownAtThat() {
    closesAfter.add(9500L);
    diesThen = true;
    loop("").run();

    assertThat(scrapesSinceTheFirst()).containsExactly(0L, 9500L, 10_000L, 20_000L);
    long first = scrapedAt.getFirst();
    assertThat(Samples.of(storage, "up"))
        .containsExactly("1@" + first, "0@" + (first + 10_000), "0@" + (first + 20_000));
  }

  @Test
  void run_targetThatClosesIdleConnections_isScrapedOnceMoreAndThenInTurn() {
    closesAfter.addAll(List.of(3000L, 3000L, 3000L, 3000L));
    loop("").run();

    assertThat(scrapesSinceTheFirst()).containsExactly(0L, 3000L, 10_000L, 20_000L);
    assertThat(Samples.of(storage, "up")).allMatch(sample -> sample.startsWith("1@"));
  }

  @Test
  void run_targetClosesTwiceInAnInterval_isScrapedOnceMore() {
    closesAfter.addAll(List.of(3000L, 1000L, 10_000L, 2000L));
    loop("").run();

    assertThat(scrapesSinceTheFirst()).containsExactly(0L, 3000L, 10_000L, 20_000L);
  }

  @Test
  void run_targetThatIsDownCloses_isScrapedInTurn() {
    unreachable = true;
    diesThen = true;
    closesAfter.add(3000L);
    loop("").run();

    assertThat(scrapesSinceTheFirst()).containsExactly(0L, 10_000L, 20_000L, 30_000L);
  }

  @Test
  void run_scrapeOverruns_leavesTurnsOutAndCountsThem() {
    fetchTakes = 25_000;
    loop("").run();

    assertThat(scrapedAt.get(1) - scrapedAt.get(0)).isEqualTo(30_000);
    assertThat(registry.get("pharos_scrapes_missed").counter().count()).isEqualTo(8);
  }

  @Test
  void scrape_failsWhereThePageHadAnUpOfItsOwn_saysSoAtOnce() throws Exception {
    ScrapeLoop loop = loop("");
    body = "up 1\na 1\n";
    scrape(loop, 1000);
    unreachable = true;
    scrape(loop, 2000);

    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "0@2000");
    assertThat(Samples.of(storage, "a")).containsExactly("1@1000", "stale@2000");
  }

  @Test
  void scrape_clockSetBack_storesNothingInThePast() throws Exception {
    ScrapeLoop loop = loop("");
    scrape(loop, 5000);
    scrape(loop, 4000);

    assertThat(Samples.of(storage, "up")).containsExactly("1@5000");
    assertThat(registry.get("pharos_scrapes").tags("outcome", "clock_set_back").counter().count())
        .isOne();
  }

  @Test
  void scrape_clockSetBackBeforeTheStart_sendsNoRequestAndIsUnknown() throws Exception {
    now = 4000;
    continuity = new TimeContinuity(() -> Instant.ofEpochMilli(now), observationGaps);
    continuity.resume(Instant.ofEpochMilli(60_000));
    ScrapeLoop loop = loop("");
    scrape(loop, 10_000);

    assertThat(scrapedAt).isEmpty();
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(observationGaps.gaps())
        .hasSize(2)
        .allMatch(spot -> spot.fault().kind() == FailureOrigin.Kind.CLOCK);
    assertThat(registry.get("pharos_scrapes").tags("outcome", "clock_set_back").counter().count())
        .isOne();

    scrape(loop, 60_000);
    assertThat(Samples.of(storage, "up")).isEmpty();
    scrape(loop, 60_001);
    assertThat(Samples.of(storage, "up")).containsExactly("1@60001");
  }

  @Test
  void scrape_processStoodStillMeanwhile_anAnswerThatIsMissedSaysNothingOfTheTarget()
      throws Exception {
    now = 1000;
    continuity = new TimeContinuity(() -> Instant.ofEpochMilli(now), observationGaps);
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    unreachable = true;
    fetchTakes = 600_000;
    scrape(loop, 11_000);

    assertThat(Samples.of(storage, "up")).containsExactly("1@1000");
    assertThat(Samples.of(storage, "a")).containsExactly("1@1000");
    assertThat(loop.status().health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(observationGaps.gaps()).anyMatch(spot -> spot.labels().has("job"));

    fetchTakes = 0;
    scrape(loop, 620_000);
    scrape(loop, 630_000);
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "0@620000", "0@630000");
    assertThat(observationGaps.gaps()).noneMatch(spot -> spot.labels().has("job"));
  }

  @Test
  void scrape_thatBeganBeforeAPause_isNoSight() throws Exception {
    now = 1000;
    continuity = new TimeContinuity(() -> Instant.ofEpochMilli(now), observationGaps);
    ScrapeLoop loop = loop("");
    scrape(loop, 1000);
    fetchTakes = 600_000;
    scrape(loop, 11_000);
    int _ = continuity.check();
    fetchTakes = 0;
    scrape(loop, 620_000);
    assertThat(observationGaps.gaps()).anyMatch(spot -> spot.labels().has("job"));
    scrape(loop, 630_000);

    assertThat(observationGaps.gaps()).noneMatch(spot -> spot.labels().has("job"));
  }

  @Test
  void scrape_alittleLate_isStoredAtItsTurn() throws Exception {
    ScrapeLoop loop = loop("");
    now = 20_000;
    loop.scrape(20_000, 20_009);
    loop.scrape(30_000, 30_011);

    assertThat(Samples.of(storage, "up")).containsExactly("1@20000", "1@30011");
  }

  @Test
  void metadata_page_isKept() throws Exception {
    ScrapeLoop loop = loop("");
    body = "# TYPE a counter\n# HELP a Counts.\na 1\n";
    scrape(loop, 1000);
    scrape(loop, 2000);

    assertThat(loop.metadata.metrics())
        .isEqualTo(Map.of("a", new TargetsSnapshot.MetricMetadata("a", "counter", "Counts.", "")));
  }

  @Test
  void force_failure_failsWithoutARequest() throws Exception {
    ScrapeLoop loop = loop("");
    loop.force(new ScrapeFailure(ScrapeFailure.Reason.TARGET_LIMIT, "too many"));
    scrape(loop, 1000);

    assertThat(scrapedAt).isEmpty();
    assertThat(loop.status().error()).isEqualTo("too many");
  }
}
