package io.pharos.ingest.exposition;

import static io.pharos.ingest.exposition.ProtobufBytes.body;
import static io.pharos.ingest.exposition.ProtobufBytes.family;
import static io.pharos.ingest.exposition.ProtobufBytes.message;
import static io.pharos.ingest.exposition.ProtobufBytes.metric;
import static io.pharos.ingest.exposition.ProtobufBytes.span;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Exemplars in all formats, each after the sample that it belongs to.
class ExemplarReadingTest {
  private static final int COUNTER = 0;
  private static final int HISTOGRAM = 4;
  private static final PageParser.HistogramReading CLASSIC = PageParser.HistogramReading.CLASSIC;
  private static final PageParser.HistogramReading NATIVE =
      new PageParser.HistogramReading(true, false, false);
  private static final PageParser.HistogramReading BOTH =
      new PageParser.HistogramReading(true, false, true);
  private static final PageParser.HistogramReading CUSTOM =
      new PageParser.HistogramReading(false, true, false);
  private static final PageParser.HistogramReading CUSTOM_TOO =
      new PageParser.HistogramReading(false, true, true);

  private static final String HISTOGRAM_TEXT =
      """
      # TYPE h histogram
      h_bucket{le="1"} 1 # {trace_id="a"} 0.5 1.5
      h_bucket{le="+Inf"} 3 # {trace_id="b"} 7
      h_count 3
      h_sum 15
      # TYPE c counter
      c_total 4 # {trace_id="c",x="ü\\"\\n"} 1 2.0009
      # EOF
      """;

  private static List<String> read(
      Format format, PageParser.HistogramReading histograms, byte[] bytes)
      throws ExpositionException {
    var seen = new SeenSamples();
    new PageParser().parse(bytes, bytes.length, format, histograms, seen);
    return seen.samples;
  }

  private static List<String> text(PageParser.HistogramReading histograms)
      throws ExpositionException {
    return read(Format.OPENMETRICS, histograms, HISTOGRAM_TEXT.getBytes(UTF_8));
  }

  private static List<String> protobuf(
      PageParser.HistogramReading histograms, ProtobufBytes histogram) throws ExpositionException {
    return read(Format.PROTOBUF, histograms, body(family("h", HISTOGRAM, metric(7, histogram))));
  }

  private static ProtobufBytes exemplar(String trace, double value) {
    return message().message(1, message().text(1, "trace_id").text(2, trace)).float64(2, value);
  }

  private static ProtobufBytes timed(String trace, double value) {
    return exemplar(trace, value).message(3, message().varint(1, 5).varint(2, 25_999_999));
  }

  private static ProtobufBytes classic() {
    return message()
        .varint(1, 3)
        .float64(2, 15)
        .message(3, message().varint(1, 1).float64(2, 1).message(3, timed("a", 0.5)))
        .message(
            3,
            message()
                .varint(1, 3)
                .float64(2, Double.POSITIVE_INFINITY)
                .message(3, exemplar("b", 7)));
  }

  /* One bucket of three. */
  private static ProtobufBytes nativeToo(ProtobufBytes histogram) {
    return histogram.message(12, span(0, 1)).signed(13, 3);
  }

  @Test
  void text_hasThemWithAndWithoutTimes() throws ExpositionException {
    assertThat(text(CLASSIC))
        .containsExactly(
            "h_bucket{le=\"1\"} 1",
            "# {trace_id=\"a\"} 0.5 @1500",
            "h_bucket{le=\"+Inf\"} 3",
            "# {trace_id=\"b\"} 7",
            "h_count{} 3",
            "h_sum{} 15",
            "c_total{} 4",
            "# {trace_id=\"c\", x=\"ü\\\"\\n\"} 1 @2000");
  }

  @Test
  void convertedText_hasThoseWithTimes_behindTheHistogram() throws ExpositionException {
    assertThat(text(CUSTOM))
        .containsExactly(
            "h{} {schema:-53 count:3 sum:15 +0:1,2 bounds:[1.0]}",
            "# {trace_id=\"a\"} 0.5 @1500",
            "c_total{} 4",
            "# {trace_id=\"c\", x=\"ü\\\"\\n\"} 1 @2000");
    assertThat(text(CUSTOM_TOO))
        .containsSubsequence(
            "h_bucket{le=\"1\"} 1",
            "# {trace_id=\"a\"} 0.5 @1500",
            "h_bucket{le=\"+Inf\"} 3",
            "# {trace_id=\"b\"} 7",
            "h{} {schema:-53 count:3 sum:15 +0:1,2 bounds:[1.0]}",
            "# {trace_id=\"a\"} 0.5 @1500",
            "c_total{} 4");
  }

  @Test
  void plainText_hasNone() {
    byte[] bytes = "a 1 # {b=\"c\"} 1\n".getBytes(UTF_8);
    assertThatThrownBy(() -> read(Format.TEXT, CLASSIC, bytes))
        .isInstanceOf(ExpositionException.class);
  }

  @Test
  void protobufCounter_hasOne() throws ExpositionException {
    byte[] bytes =
        body(
            family(
                "c_total",
                COUNTER,
                metric(3, message().float64(1, 2).message(2, timed("a", 1))),
                metric(3, message().float64(1, 3), "x", "y")));
    assertThat(read(Format.PROTOBUF, CLASSIC, bytes))
        .containsExactly("c_total{} 2", "# {trace_id=\"a\"} 1 @5025", "c_total{x=\"y\"} 3");
  }

  @Test
  void protobufBuckets_haveOneEach() throws ExpositionException {
    assertThat(protobuf(CLASSIC, classic()))
        .containsExactly(
            "h_count{} 3",
            "h_sum{} 15",
            "h_bucket{le=\"1.0\"} 1",
            "# {trace_id=\"a\"} 0.5 @5025",
            "h_bucket{le=\"+Inf\"} 3",
            "# {trace_id=\"b\"} 7");
    assertThat(protobuf(CUSTOM, classic()))
        .containsExactly(
            "h{} {schema:-53 count:3 sum:15 +0:1,2 bounds:[1.0]}", "# {trace_id=\"a\"} 0.5 @5025");
  }

  @Test
  void nativeHistogram_hasItsOwn_orThoseOfItsBuckets_withTimesOnly() throws ExpositionException {
    ProtobufBytes own =
        nativeToo(classic())
            .message(16, timed("x", 9))
            .message(16, exemplar("y", 8))
            .message(16, timed("z", 7));
    assertThat(protobuf(NATIVE, own))
        .containsExactly(
            "h{} {schema:0 count:3 sum:15 +0:3}",
            "# {trace_id=\"x\"} 9 @5025",
            "# {trace_id=\"z\"} 7 @5025");
    assertThat(protobuf(NATIVE, nativeToo(classic())))
        .containsExactly("h{} {schema:0 count:3 sum:15 +0:3}", "# {trace_id=\"a\"} 0.5 @5025");
    assertThat(protobuf(BOTH, own))
        .containsSubsequence(
            "# {trace_id=\"x\"} 9 @5025",
            "# {trace_id=\"z\"} 7 @5025",
            "h_bucket{le=\"1.0\"} 1",
            "# {trace_id=\"a\"} 0.5 @5025",
            "h_bucket{le=\"+Inf\"} 3",
            "# {trace_id=\"b\"} 7");
  }

  @Test
  void protobufLabelsThatAreNone_areRefused() {
    for (ProtobufBytes label :
        List.of(message().text(2, "v"), message().bytes(1, new byte[] {(byte) 0xff}))) {
      ProtobufBytes histogram =
          message().message(3, message().float64(2, 1).message(3, message().message(1, label)));
      assertThatThrownBy(() -> protobuf(CLASSIC, histogram))
          .isInstanceOf(ExpositionException.class)
          .hasMessageContaining("exemplar");
    }
  }
}
