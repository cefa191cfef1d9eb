package io.pharos.tap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// The tap's metrics as our own parsers read them.
class TapPageTest {
  private record Read(List<String> floats, List<String> series, List<Histogram> histograms) {}

  private static Read protobuf(TapMeters meters) throws ExpositionException {
    var read = new Read(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    byte[] page = meters.protobuf();
    new PageParser()
        .parse(
            page,
            page.length,
            Format.PROTOBUF,
            new PageParser.HistogramReading(true, false, true),
            new SampleSink() {
              @Override
              public void sample(RawText series, double value, long time) {
                read.floats().add(series + " " + value);
              }

              @Override
              public void histogram(RawText series, Histogram histogram, long time) {
                read.series().add(series.toString());
                read.histograms().add(histogram);
              }
            });
    return read;
  }

  @Test
  void protobuf_hasNativeHistograms_whoseCountsAndBoundsAreRight() throws Exception {
    var meters = new TapMeters(100);
    double[] seconds = {0, 1e-7, 0.001, 0.0011, 0.25, 0.5, 0.50001, 1, 2, 7, 1e6};
    double sum = 0;
    for (double it : seconds) {
      meters.count("GET", "/a/:id", 200, OptionalInt.of(0), it, 1, 2, "", 0);
      sum += it;
    }
    Read read = protobuf(meters);
    assertThat(read.histograms()).hasSize(1);
    Histogram histogram = read.histograms().getFirst();
    assertThat(histogram.schema()).isEqualTo(3);
    assertThat(histogram.count()).isEqualTo(seconds.length);
    assertThat(histogram.sum()).isEqualTo(sum);
    assertThat(histogram.zeroCount()).isEqualTo(2);
    assertThat(read.series().getFirst())
        .contains("pharos_tap_request_duration_seconds", "/a/:id", "200");
    // Each value lies in a bucket that holds it; what is beyond the last is in that.
    String text = histogram.toString();
    assertThat(text).contains("(0.4585020216023356,0.5]:1").contains("(0.5,0.5452538663326288]:1");
    assertThat(text).contains("(0.9170040432046712,1]:1").contains("(1.8340080864093424,2]:1");
  }

  @Test
  void protobuf_ofAnEmptyTap_isReadToo() throws Exception {
    Read read = protobuf(new TapMeters(100));
    assertThat(read.histograms()).isEmpty();
    assertThat(read.floats()).contains("{\"pharos_tap_requests_in_flight\"} 0.0");
  }

  @Test
  void text_andProtobuf_tellTheSame() throws Exception {
    var meters = new TapMeters(100);
    meters.count("GET", "/a/:id", 200, OptionalInt.of(0), 0.003, 10, 20, "", 0);
    meters.count("GET", "/a/:id", 200, OptionalInt.of(401), 0.3, 0, 20, "", 0);
    meters.count("BREW", "unknown", 404, OptionalInt.empty(), 0.0001, 0, 5, "", 0);
    meters.fault(UpstreamFault.TIMEOUT);
    meters.pass(PassReason.LOG);
    meters.begin();
    String text = meters.text();
    assertThat(text)
        .contains(
            "pharos_envelope_code_total{method=\"GET\",path=\"/a/:id\",code=\"401\"} 1\n",
            "pharos_tap_requests_total{method=\"other\",path=\"unknown\",status=\"404\",code=\"\"} 1\n",
            "pharos_tap_request_duration_seconds_bucket{method=\"GET\",path=\"/a/:id\",status=\"200\",code=\"0\",le=\"0.005\"} 1\n",
            "pharos_tap_request_bytes_total{method=\"GET\",path=\"/a/:id\"} 10\n",
            "pharos_tap_response_bytes_total{method=\"GET\",path=\"/a/:id\"} 40\n",
            "pharos_tap_upstream_errors_total{reason=\"timeout\"} 1\n",
            "pharos_tap_passed_through_total{reason=\"log\"} 1\n",
            "pharos_tap_requests_in_flight 1\n")
        .doesNotContain("code=\"\"}\n");
    var floats = new ArrayList<String>();
    byte[] page = text.getBytes(StandardCharsets.UTF_8);
    new PageParser()
        .parse(
            page,
            page.length,
            Format.TEXT,
            PageParser.HistogramReading.CLASSIC,
            (series, value, time) -> floats.add(series + " " + value));
    assertThat(protobuf(meters).floats()).hasSize(floats.size());
  }

  private static List<String> lines(Format format, byte[] page) throws ExpositionException {
    var lines = new ArrayList<String>();
    new PageParser()
        .parse(
            page,
            page.length,
            format,
            PageParser.HistogramReading.CLASSIC,
            new SampleSink() {
              @Override
              public void sample(RawText series, double value, long time)
                  throws ExpositionException {
                lines.add(series.labels() + " " + value);
              }

              @Override
              public void exemplar(Labels labels, double value, long time) {
                lines.add("# " + labels + " " + value + " @" + time);
              }
            });
    return lines;
  }

  @Test
  void openMetrics_hasTheSeriesOfTheText_andTheLastTraceOfEachBucket() throws Exception {
    var meters = new TapMeters(100);
    meters.count("GET", "/a", 200, OptionalInt.of(0), 0.3, 0, 0, "first", 1_700_000_000_000L);
    meters.count("GET", "/a", 200, OptionalInt.of(0), 0.4, 0, 0, "second", 1_700_000_001_025L);
    meters.count("GET", "/a", 200, OptionalInt.of(0), 99, 0, 0, "slow", 1_700_000_002_000L);
    meters.count("GET", "/a", 200, OptionalInt.of(0), 99, 0, 0, "", 0);
    List<String> all =
        lines(Format.OPENMETRICS, meters.openMetrics().getBytes(StandardCharsets.UTF_8));
    assertThat(all)
        .containsSubsequence(
            "{__name__=\"pharos_tap_request_duration_seconds_bucket\", code=\"0\", le=\"0.5\","
                + " method=\"GET\", path=\"/a\", status=\"200\"} 2.0",
            "# {trace_id=\"second\"} 0.4 @1700000001025",
            "# {trace_id=\"slow\"} 99.0 @1700000002000");
    assertThat(all.stream().filter(line -> !line.startsWith("#")).toList())
        .isEqualTo(lines(Format.TEXT, meters.text().getBytes(StandardCharsets.UTF_8)));
    assertThat(lines(Format.PROTOBUF, meters.protobuf()).stream().filter(it -> it.startsWith("#")))
        .containsExactly(
            "# {trace_id=\"second\"} 0.4 @1700000001025",
            "# {trace_id=\"slow\"} 99.0 @1700000002000");
  }

  @Test
  void labelSets_beyondTheBound_shareOne_andKeepStatusAndFailure() {
    var meters = new TapMeters(100);
    for (int i = 0; i < 5000; i++) {
      meters.count("GET", "/" + i, 200, OptionalInt.of(i), 0.1, 0, 0, "", 0);
    }
    long sets =
        meters.text().lines().filter(line -> line.startsWith("pharos_tap_requests_total")).count();
    assertThat(sets).isLessThan(110);
    assertThat(meters.text())
        .contains(
            "pharos_tap_requests_total{method=\"other\",path=\"other\",status=\"200\",code=\"other\"} 4900\n",
            "pharos_tap_passed_through_total{reason=\"series\"} 4900\n",
            "pharos_tap_passed_through_total{reason=\"codes\"} 4936\n");
  }
}
