package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CustomBucketsTest {
  private static final PageParser.HistogramReading CUSTOM =
      new PageParser.HistogramReading(true, true, false);
  private static final PageParser.HistogramReading BOTH =
      new PageParser.HistogramReading(true, true, true);
  private static final String TWO =
      """
      # HELP h Two of them.
      # TYPE h histogram
      h_bucket{a="1",le="0.5"} 2
      h_bucket{a="1",le="1"} 2
      h_bucket{a="1",le="+Inf"} 5
      h_sum{a="1"} 7.5
      h_count{a="1"} 5
      h_bucket{a="2",le="0.5"} 0.5 99
      h_bucket{a="2",le="+Inf"} 1.25 99
      # TYPE c counter
      c 1
      """;
  private static final String FIRST =
      "h{a=\"1\"} {schema:-53 count:5 sum:7.5 +0:2,0,3 bounds:[0.5, 1.0]}";
  private static final String SECOND =
      "h{a=\"2\"} {schema:-53 count:1.25 sum:0 +0:0.5,0.75 bounds:[0.5]} @99";

  private static List<String> parse(
      String body, Format format, PageParser.HistogramReading histograms)
      throws ExpositionException {
    byte[] bytes = body.getBytes(UTF_8);
    var seen = new SeenSamples();
    new PageParser().parse(bytes, bytes.length, format, histograms, seen);
    return seen.samples;
  }

  @Test
  void parse_classicHistograms_becomeNativeOnes() throws ExpositionException {
    assertThat(parse(TWO, Format.TEXT, CUSTOM)).containsExactly(FIRST, SECOND, "c{} 1");
  }

  @Test
  void parse_openMetrics_keepsCreatedSeries() throws ExpositionException {
    String text =
        """
        # TYPE h histogram
        h_bucket{le="1.0"} 1 # {t="x"} 0.5
        h_bucket{le="+Inf"} 3
        h_count 3
        h_sum 6
        h_created 123
        # TYPE g gaugehistogram
        g_bucket{le="+Inf"} 3
        g_gcount 3
        # EOF
        """;
    assertThat(parse(text, Format.OPENMETRICS, CUSTOM))
        .containsExactly(
            "h{} {schema:-53 count:3 sum:6 +0:1,2 bounds:[1.0]}",
            "h_created{} 123",
            "g_bucket{le=\"+Inf\"} 3",
            "g_gcount{} 3");
  }

  @Test
  void parse_classicToo_keepsTheSeries() throws ExpositionException {
    List<String> seen = parse(TWO, Format.TEXT, BOTH);
    assertThat(seen).hasSize(10).contains(FIRST, SECOND, "h_sum{a=\"1\"} 7.5");
  }

  @Test
  void parse_notRequested_changesNothing() throws ExpositionException {
    assertThat(parse(TWO, Format.TEXT, PageParser.HistogramReading.CLASSIC)).hasSize(8);
  }

  @Test
  void parse_withoutType_changesNothing() throws ExpositionException {
    assertThat(parse(TWO.replaceAll("# TYPE.*\n", ""), Format.TEXT, CUSTOM)).hasSize(8);
  }

  @Test
  void parse_contradictions_stayClassic() throws ExpositionException {
    assertThat(
            parse(
                "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 1\n",
                Format.TEXT,
                CUSTOM))
        .containsExactly("h_bucket{le=\"1\"} 2", "h_bucket{le=\"2\"} 1");
    assertThat(
            parse("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_count 3\n", Format.TEXT, CUSTOM))
        .containsExactly("h_bucket{le=\"+Inf\"} 2", "h_count{} 3");
    assertThat(parse("# TYPE h histogram\nh_sum 2\n", Format.TEXT, CUSTOM))
        .containsExactly("h_sum{} 2");
    assertThat(parse("# TYPE h histogram\nh_count NaN\n", Format.TEXT, CUSTOM))
        .containsExactly("h_count{} NaN");
  }

  @Test
  void parse_otherSeriesOfTheFamily_stayAsTheyAre() throws ExpositionException {
    String text =
        "# TYPE h histogram\nh 1\nh_bucket 2\nh_bucket{le=\"x\"} 3\nhx_count 4\ng_count 5\n";
    assertThat(parse(text, Format.TEXT, CUSTOM)).hasSize(5);
  }

  @Test
  void parse_bucketsOutOfOrder_areSorted() throws ExpositionException {
    String text =
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 9\nh_bucket{le=\"2\"} 4\nh_bucket{le=\"-1\"} 1\n";
    assertThat(parse(text, Format.TEXT, CUSTOM))
        .containsExactly("h{} {schema:-53 count:9 sum:0 +0:1,3,5 bounds:[-1.0, 2.0]}");
  }
}
