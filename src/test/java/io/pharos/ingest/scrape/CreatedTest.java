package io.pharos.ingest.scrape;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.exposition.ProtobufBytes;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The creation times in pages, as stored.
class CreatedTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final String OPENMETRICS = "application/openmetrics-text; version=1.0.0";
  private static final String PROTOBUF =
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
          + " encoding=delimited";

  @TempDir Path directory;

  /* The seconds between each series' start and now; "-" if unknown. */
  private Map<String, String> scraped(String contentType, byte[] page) throws IOException {
    var config =
        PrometheusConfig.parse(
            "p.yml",
            "scrape_configs: [{job_name: j, scrape_native_histograms: true,"
                + " always_scrape_classic_histograms: true,"
                + " static_configs: [{targets: ['h:1']}]}]",
            Path.of(""),
            Map.of());
    var registry = new SimpleMeterRegistry();
    var starts = new TreeMap<String, String>();
    try (var store =
        Tsdb.open(
            directory,
            TsdbOptions.defaults().with(draft -> draft.keepStarts = true),
            () -> NOW,
            registry)) {
      PlayedScrapes.scraper(config, store, registry, contentType).accept(page, NOW);
      var all =
          store.select(
              List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", "[a-z]_?.*")),
              0,
              Long.MAX_VALUE);
      for (int i = 0; i < all.size(); i++) {
        var window = new SampleWindow();
        all.read(i, 0, Long.MAX_VALUE, window);
        Labels labels = all.labels(i);
        if (!labels.metricName().startsWith("scrape_") && !labels.metricName().equals("up")) {
          starts.put(
              labels.metricName() + labels.without(List.of("__name__", "job", "instance")),
              window.start(0) == 0
                  ? "-"
                  : Long.toString((NOW.toEpochMilli() - window.start(0)) / 1000));
        }
      }
    }
    return starts;
  }

  @Test
  void openMetrics_createdSeries_tellThoseOfTheirMetric() throws IOException {
    String page =
        """
        # TYPE a counter
        a_total{x="1"} 5
        a_created{x="1"} 1699999990
        a_total{x="2"} 5
        a_total{x="3"} 5
        a_created{x="3"} 1699999980.5
        # TYPE h histogram
        h_bucket{le="1"} 1
        h_bucket{le="+Inf"} 2
        h_count 2
        h_sum 3
        h_created 1699999970
        # TYPE s summary
        s{quantile="0.5"} 1
        s_count 2
        s_sum 3
        s_created 1699999960
        # TYPE g gauge
        g 1
        other_created 1699999950
        # EOF
        """;
    assertThat(scraped(OPENMETRICS, page.getBytes(UTF_8)))
        .containsEntry("a_total{x=\"1\"}", "10")
        .containsEntry("a_total{x=\"2\"}", "-")
        .containsEntry("a_total{x=\"3\"}", "19")
        .containsEntry("h_bucket{le=\"1\"}", "30")
        .containsEntry("h_bucket{le=\"+Inf\"}", "30")
        .containsEntry("h_count{}", "30")
        .containsEntry("h_sum{}", "30")
        .containsEntry("s{quantile=\"0.5\"}", "40")
        .containsEntry("s_count{}", "40")
        .containsEntry("g{}", "-")
        .containsEntry("a_created{x=\"1\"}", "-");
  }

  private static ProtobufBytes created(long seconds) {
    return ProtobufBytes.message().varint(1, seconds);
  }

  @Test
  void protobuf_hasTheTimeInItsMessages() throws IOException {
    byte[] page =
        ProtobufBytes.body(
            ProtobufBytes.family(
                "a_total",
                0,
                ProtobufBytes.metric(
                    3, ProtobufBytes.message().float64(1, 5).message(3, created(1_699_999_990))),
                ProtobufBytes.metric(3, ProtobufBytes.message().float64(1, 5), "x", "y")),
            ProtobufBytes.family(
                "s",
                2,
                ProtobufBytes.metric(
                    4,
                    ProtobufBytes.message()
                        .varint(1, 5)
                        .float64(2, 5)
                        .message(4, created(1_699_999_980)))),
            ProtobufBytes.family(
                "h",
                4,
                ProtobufBytes.metric(
                    7,
                    ProtobufBytes.message()
                        .varint(1, 3)
                        .float64(2, 15)
                        .message(3, ProtobufBytes.message().varint(1, 1).float64(2, 1))
                        .message(12, ProtobufBytes.span(0, 1))
                        .signed(13, 3)
                        .message(15, created(1_699_999_970)))));
    assertThat(scraped(PROTOBUF, page))
        .containsEntry("a_total{}", "10")
        .containsEntry("a_total{x=\"y\"}", "-")
        .containsEntry("s_count{}", "20")
        .containsEntry("s_sum{}", "20")
        .containsEntry("h{}", "30")
        .containsEntry("h_count{}", "30")
        .containsEntry("h_bucket{le=\"1.0\"}", "30")
        .containsEntry("h_bucket{le=\"+Inf\"}", "30");
  }
}
