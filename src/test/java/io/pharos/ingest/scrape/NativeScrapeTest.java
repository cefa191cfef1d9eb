package io.pharos.ingest.scrape;

import static io.pharos.ingest.exposition.ProtobufBytes.body;
import static io.pharos.ingest.exposition.ProtobufBytes.family;
import static io.pharos.ingest.exposition.ProtobufBytes.message;
import static io.pharos.ingest.exposition.ProtobufBytes.metric;
import static io.pharos.ingest.exposition.ProtobufBytes.span;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.ingest.exposition.ProtobufBytes;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.trouble.DescriptorGate;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Native histograms through one loop, encoded by the test.
class NativeScrapeTest {
  private static final String PROTOBUF =
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
          + " encoding=delimited";
  private static final String NATIVE = "scrape_native_histograms: true";

  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private byte[] page = {};
  private String contentType = PROTOBUF;

  private ScrapeLoop loop(String... more) {
    ScrapeConfig config =
        PrometheusConfig.parse(
                "p.yml",
                "scrape_configs:\n- job_name: j\n" + String.join("\n", more).indent(2),
                Path.of("/"),
                Map.of())
            .scrapeConfigs()
            .getFirst();
    var resolved = Target.resolve(config, Labels.of("env", "test"), "h:1");
    var context =
        new ScrapeLoop.Context(
            () -> Instant.EPOCH,
            _ -> {},
            (_, _, _) -> new ScrapedPage(page, page.length, contentType),
            storage,
            new PageParsers(1),
            new ScrapeMetrics(registry),
            new ObservationGaps(),
            new TimeContinuity(() -> Instant.EPOCH, new ObservationGaps()),
            new LoopRegistry(InstantSource.system(), System::nanoTime, registry),
            MemoryBounds.unbounded(),
            new DescriptorGate(0),
            ArrivalListener.IGNORED);
    return new ScrapeLoop(config, ((Target.Resolution.Active) resolved).target(), context);
  }

  /* A counter of schema 3 with buckets from index 1 on. */
  private static ProtobufBytes histogram(long... counts) {
    ProtobufBytes histogram =
        message().float64(2, 1.5).signed(5, 3).message(12, span(1, counts.length));
    long all = 0;
    long before = 0;
    for (long count : counts) {
      histogram.signed(13, count - before);
      before = count;
      all += count;
    }
    return histogram.varint(1, all);
  }

  private void expose(ProtobufBytes histogram, String... labels) {
    page = body(family("h", 4, metric(7, histogram, labels)));
  }

  private SampleWindow read(String name) {
    var set =
        storage.select(
            List.of(LabelMatcher.equal(Labels.METRIC_NAME, name)), Long.MIN_VALUE, Long.MAX_VALUE);
    var window = new SampleWindow();
    if (set.size() > 0) {
      set.read(0, Long.MIN_VALUE, Long.MAX_VALUE, window);
    }
    return window;
  }

  private Histogram stored(int i) {
    Histogram histogram = read("h").histogram(i);
    assertThat(histogram).isNotNull();
    return histogram;
  }

  private double refused(String meter) {
    return registry.get(meter).counter().count();
  }

  @Test
  void scrape_nativeHistogram_isStoredWithTheTargetsLabels() throws Exception {
    ScrapeLoop loop = loop(NATIVE);
    expose(histogram(1, 2), "path", "/", "env", "mine");
    loop.scrape(1000, 1000);
    expose(histogram(1, 5), "path", "/", "env", "mine");
    loop.scrape(2000, 2000);

    assertThat(Samples.labels(storage, "h"))
        .containsExactly(
            Labels.of(
                "env", "test", "exported_env", "mine", "instance", "h:1", "job", "j", "path", "/"));
    assertThat(stored(0).positive().spans()).containsExactly(new BucketSpan(1, 2));
    assertThat(stored(0).positive().counts()).containsExactly(1, 2);
    assertThat(stored(1).count()).isEqualTo(6);
    assertThat(stored(1).hint()).isEqualTo(ResetHint.NOT_RESET);
    assertThat(Samples.of(storage, "scrape_samples_scraped")).containsExactly("1@1000", "1@2000");
    assertThat(Samples.of(storage, "scrape_series_added")).containsExactly("1@1000", "0@2000");
    assertThat(loop.metadata.metrics().get("h"))
        .isEqualTo(new TargetsSnapshot.MetricMetadata("h", "histogram", "Help of h.", ""));
  }

  @Test
  void scrape_histogramVanishes_endsWithTheMarker() throws Exception {
    ScrapeLoop loop = loop(NATIVE);
    expose(histogram(1));
    loop.scrape(1000, 1000);
    page = new byte[0];
    loop.scrape(2000, 2000);
    assertThat(read("h").histogram(0)).isNotNull();
    assertThat(read("h").histogram(1)).isNull();
    assertThat(Samples.of(storage, "h")).last().isEqualTo("stale@2000");
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "1@2000");
  }

  @Test
  void scrape_nativesAreNotWanted_storesClassicSeries() throws Exception {
    expose(histogram(1, 2));
    loop("").scrape(1000, 1000);
    assertThat(read("h").size()).isZero();
    assertThat(Samples.of(storage, "h_bucket", "le", "+Inf")).containsExactly("3@1000");
  }

  @Test
  void scrape_bothKinds_storesBothIfTold() throws Exception {
    ScrapeLoop loop = loop(NATIVE, "always_scrape_classic_histograms: true");
    expose(histogram(3).message(3, message().varint(1, 2).float64(2, 0.5)));
    loop.scrape(1000, 1000);
    assertThat(stored(0).count()).isEqualTo(3);
    assertThat(Samples.of(storage, "h_bucket", "le", "0.5")).containsExactly("2@1000");
    assertThat(Samples.last(storage, "scrape_samples_scraped")).isEqualTo(5);
  }

  @Test
  void scrape_textToCustomBuckets_storesNativeHistograms() throws Exception {
    ScrapeLoop loop = loop("convert_classic_histograms_to_nhcb: true");
    contentType = "text/plain";
    page =
        "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 5\nh_sum 7\nh_count 5\n"
            .getBytes(UTF_8);
    loop.scrape(1000, 1000);
    loop.scrape(2000, 2000);
    assertThat(stored(1).customValues()).containsExactly(1);
    assertThat(stored(1).positive().counts()).containsExactly(2, 3);
    assertThat(read("h_bucket").size()).isZero();
    assertThat(loop.metadata.metrics()).containsKey("h");
  }

  @Test
  void scrape_metricRelabelling_seesHistograms() throws Exception {
    ScrapeLoop loop =
        loop(
            NATIVE,
            "metric_relabel_configs: [{source_labels: [__name__], regex: h, action: drop}]");
    expose(histogram(1));
    loop.scrape(1000, 1000);
    assertThat(read("h").size()).isZero();
    assertThat(Samples.of(storage, "scrape_samples_post_metric_relabeling"))
        .containsExactly("0@1000");
  }

  @Test
  void scrape_sampleLimit_countsHistograms() throws Exception {
    ScrapeLoop loop = loop(NATIVE, "sample_limit: 1");
    page =
        body(family("h", 4, metric(7, histogram(1), "a", "1"), metric(7, histogram(1), "a", "2")));
    loop.scrape(1000, 1000);
    assertThat(read("h").size()).isZero();
    assertThat(loop.status().error()).contains("sample limit exceeded");
  }

  @Test
  void scrape_tooManyBuckets_losesResolution() throws Exception {
    ScrapeLoop loop = loop(NATIVE, "native_histogram_bucket_limit: 3");
    expose(histogram(1, 2, 4, 8, 16, 32));
    loop.scrape(1000, 1000);
    assertThat(stored(0).schema()).isEqualTo(2);
    assertThat(stored(0).positive().spans()).containsExactly(new BucketSpan(1, 3));
    assertThat(stored(0).positive().counts()).containsExactly(3, 12, 48);
    assertThat(stored(0).count()).isEqualTo(63);
  }

  @Test
  void scrape_tooManyBucketsWhateverTheResolution_failsTheScrape() throws Exception {
    ScrapeLoop loop =
        loop("convert_classic_histograms_to_nhcb: true", "native_histogram_bucket_limit: 1");
    expose(message().varint(1, 2).message(3, message().varint(1, 1).float64(2, 5)));
    loop.scrape(1000, 1000);
    assertThat(read("h").size()).isZero();
    assertThat(loop.status().error())
        .contains("native_histogram_bucket_limit exceeded: found 2 buckets, expected at most 1");
    assertThat(refused("prometheus_target_scrapes_exceeded_native_histogram_bucket_limit"))
        .isEqualTo(1);
    assertThat(Samples.of(storage, "up")).containsExactly("0@1000");
  }

  @Test
  void scrape_minBucketFactor_losesResolution() throws Exception {
    ScrapeLoop loop = loop(NATIVE, "native_histogram_min_bucket_factor: 2");
    expose(histogram(1, 2, 4, 8, 16, 32, 64, 128, 256));
    loop.scrape(1000, 1000);
    assertThat(stored(0).schema()).isZero();
    assertThat(stored(0).positive().counts()).containsExactly(255, 256);
  }

  @Test
  void scrape_malformedHistogram_failsTheScrape() throws Exception {
    ScrapeLoop loop = loop(NATIVE);
    expose(histogram(1, 2).varint(1, 99));
    loop.scrape(1000, 1000);
    assertThat(loop.status().error())
        .contains("metric family \"h\"")
        .contains("found 3 observations in buckets, but the histogram's count is 99");
    assertThat(Samples.of(storage, "up")).containsExactly("0@1000");
  }

  @Test
  void scrape_samplesFarInTheFuture_areDroppedAndCounted() throws Exception {
    ScrapeLoop loop = loop(NATIVE);
    contentType = "text/plain";
    page = ("a 1 601001\nb 1 601000\nc 1 " + Long.MAX_VALUE + "\nd 1\n").getBytes(UTF_8);
    loop.scrape(1000, 1000);
    assertThat(Samples.of(storage, "a")).isEmpty();
    assertThat(Samples.of(storage, "b")).containsExactly("1@601000");
    assertThat(Samples.of(storage, "c")).isEmpty();
    assertThat(Samples.of(storage, "d")).containsExactly("1@1000");
    contentType = PROTOBUF;
    page = body(family("h", 4, metric(7, histogram(1)).varint(6, 700_000)));
    loop.scrape(2000, 2000);
    assertThat(read("h").size()).isZero();
    assertThat(refused("prometheus_target_scrapes_sample_out_of_bounds")).isEqualTo(3);
    assertThat(Samples.of(storage, "up")).containsExactly("1@1000", "1@2000");
  }
}
