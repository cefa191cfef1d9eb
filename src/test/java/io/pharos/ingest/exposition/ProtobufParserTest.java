package io.pharos.ingest.exposition;

import static io.pharos.ingest.exposition.ProtobufBytes.body;
import static io.pharos.ingest.exposition.ProtobufBytes.family;
import static io.pharos.ingest.exposition.ProtobufBytes.message;
import static io.pharos.ingest.exposition.ProtobufBytes.metric;
import static io.pharos.ingest.exposition.ProtobufBytes.span;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProtobufParserTest {
  private static final int COUNTER = 0;
  private static final int GAUGE = 1;
  private static final int SUMMARY = 2;
  private static final int UNTYPED = 3;
  private static final int HISTOGRAM = 4;
  private static final int GAUGE_HISTOGRAM = 5;

  private static final PageParser.HistogramReading NATIVE =
      new PageParser.HistogramReading(true, false, false);
  private static final PageParser.HistogramReading BOTH =
      new PageParser.HistogramReading(true, false, true);
  private static final PageParser.HistogramReading CUSTOM =
      new PageParser.HistogramReading(false, true, false);

  private static SeenSamples parse(byte[] body, PageParser.HistogramReading histograms)
      throws ExpositionException {
    var seen = new SeenSamples();
    new PageParser().parse(body, body.length, Format.PROTOBUF, histograms, seen);
    return seen;
  }

  private static List<String> samples(
      PageParser.HistogramReading histograms, ProtobufBytes... families)
      throws ExpositionException {
    return parse(body(families), histograms).samples;
  }

  private static ProtobufBytes value(double value) {
    return message().float64(1, value);
  }

  /* Buckets 1, 2, 0 from index -1 on and 4 at index 5, one negative at 0, 2 in the zero bucket. */
  private static ProtobufBytes integers() {
    return message()
        .varint(1, 10)
        .float64(2, 18.5)
        .signed(5, 3)
        .float64(6, 0.001)
        .varint(7, 2)
        .message(9, span(0, 1))
        .signed(10, 1)
        .message(12, span(-1, 3))
        .message(12, span(3, 1))
        .packed(13, 1L, 1, -2, 4);
  }

  private static ProtobufBytes bucket(double bound, long cumulative) {
    return message().varint(1, cumulative).float64(2, bound);
  }

  private static ProtobufBytes classic() {
    return message()
        .varint(1, 10)
        .float64(2, 18.5)
        .message(3, bucket(0.5, 3))
        .message(3, bucket(1, 7).message(3, message().float64(2, 0.7)))
        .message(15, message().varint(1, 1_700_000_000));
  }

  @Test
  void parse_simpleTypes_givesLabelsValuesAndTimestamps() throws ExpositionException {
    byte[] good =
        body(
            family(
                "requests_total",
                COUNTER,
                metric(
                        3,
                        value(5).message(2, message().float64(2, 1)),
                        "path",
                        "/\"a\"\n\\",
                        "m",
                        "ü")
                    .varint(6, 1234),
                metric(3, value(Double.POSITIVE_INFINITY))),
            family("x_celsius", GAUGE, metric(2, value(-1.5), "é.x", "y")).text(5, "celsius"),
            family("other", UNTYPED, metric(5, message())));
    SeenSamples seen = parse(good, NATIVE);
    assertThat(seen.samples)
        .containsExactly(
            "requests_total{m=\"ü\", path=\"/\\\"a\\\"\\n\\\\\"} 5 @1234",
            "# {} 1",
            "requests_total{} +Inf",
            "x_celsius{\"é.x\"=\"y\"} -1.5",
            "other{} 0");
    assertThat(seen.metadata)
        .containsExactly(
            "HELP requests_total Help of requests_total.",
            "TYPE requests_total counter",
            "HELP x_celsius Help of x_celsius.",
            "TYPE x_celsius gauge",
            "UNIT x_celsius celsius",
            "HELP other Help of other.",
            "TYPE other unknown");
  }

  @Test
  void parse_unitThatIsNotInTheName_isRefused() {
    ProtobufBytes family = family("c_seconds", COUNTER, metric(3, value(1))).text(5, "bytes");
    assertThatThrownBy(() -> samples(NATIVE, family))
        .hasMessageContaining("\"c_seconds\"")
        .hasMessageContaining("found unit bytes, expected a suffix of the name");
  }

  @Test
  void parse_summary_givesItsSeries() throws ExpositionException {
    ProtobufBytes summary =
        message()
            .varint(1, 4)
            .message(3, message().float64(1, 0.5).float64(2, 7))
            .message(3, message().float64(1, 1).float64(2, Double.NaN))
            .float64(2, 20);
    assertThat(samples(NATIVE, family("s", SUMMARY, metric(4, summary, "a", "b"))))
        .containsExactly(
            "s_count{a=\"b\"} 4",
            "s_sum{a=\"b\"} 20",
            "s{a=\"b\", quantile=\"0.5\"} 7",
            "s{a=\"b\", quantile=\"1.0\"} NaN");
  }

  @Test
  void parse_classicHistogram_givesItsSeriesAndTheLastBucket() throws ExpositionException {
    assertThat(samples(NATIVE, family("h", HISTOGRAM, metric(7, classic(), "a", "b").varint(6, 9))))
        .containsExactly(
            "h_count{a=\"b\"} 10 @9",
            "h_sum{a=\"b\"} 18.5 @9",
            "h_bucket{a=\"b\", le=\"0.5\"} 3 @9",
            "h_bucket{a=\"b\", le=\"1.0\"} 7 @9",
            "# {} 0.7",
            "h_bucket{a=\"b\", le=\"+Inf\"} 10 @9");
    ProtobufBytes floats =
        message()
            .varint(1, 1)
            .float64(4, 2.5)
            .message(3, message().float64(2, 1e6).varint(1, 1).float64(4, 1.5))
            .message(3, message().float64(2, Double.POSITIVE_INFINITY).float64(4, 2.5));
    assertThat(samples(NATIVE, family("h", GAUGE_HISTOGRAM, metric(7, floats))))
        .containsExactly(
            "h_count{} 2.5",
            "h_sum{} 0",
            "h_bucket{le=\"1e+06\"} 1.5",
            "h_bucket{le=\"+Inf\"} 2.5");
  }

  @Test
  void parse_nativeHistogram_ofIntegersFloatsAndGauges() throws ExpositionException {
    ProtobufBytes floats =
        message()
            .float64(4, 4.5)
            .float64(8, 0.5)
            .float64(2, Double.NaN)
            .signed(5, -4)
            .message(12, span(2, 2))
            .packed(14, 1.5, 2.5);
    ProtobufBytes unpacked =
        message().varint(1, 3).message(12, span(1000, 2)).signed(13, 1).signed(13, 1);
    assertThat(
            samples(
                NATIVE,
                family("h", HISTOGRAM, metric(7, integers(), "a", "b").varint(6, 77)),
                family("g", GAUGE_HISTOGRAM, metric(7, floats)),
                family("u", HISTOGRAM, metric(7, unpacked))))
        .containsExactly(
            "h{a=\"b\"} {schema:3 count:10 sum:18.5 zero:2/0.001 +-1:1,2,0 +3:4 -0:1} @77",
            "g{} {schema:-4 count:4.5 sum:NaN zero:0.5/0 +2:1.5,2.5 GAUGE}",
            "u{} {schema:0 count:3 sum:0 +1000:1,2}");
  }

  @Test
  void parse_reservedSchema_comesDownToTheLargest() throws ExpositionException {
    ProtobufBytes fine =
        message()
            .varint(1, 1)
            .signed(5, 52)
            .message(12, span(Integer.MAX_VALUE - 1, 1))
            .signed(13, 1);
    assertThat(
            samples(
                NATIVE,
                family("h", HISTOGRAM, metric(7, integers().signed(5, 9))),
                family("f", HISTOGRAM, metric(7, fine))))
        .containsExactly(
            "h{} {schema:8 count:10 sum:18.5 zero:2/0.001 +0:3,0 +1:4 -0:1}",
            "f{} {schema:8 count:1 sum:0 +1:1}");
  }

  @Test
  void parse_nativeHistogramWithoutObservations_isToldByItsEmptySpan() throws ExpositionException {
    assertThat(
            samples(NATIVE, family("h", HISTOGRAM, metric(7, message().message(12, span(0, 0))))))
        .containsExactly("h{} {schema:0 count:0 sum:0}");
    assertThat(samples(NATIVE, family("h", HISTOGRAM, metric(7, message()))))
        .containsExactly("h_count{} 0", "h_sum{} 0", "h_bucket{le=\"+Inf\"} 0");
  }

  @Test
  void parse_histogramOfBothKinds_givesWhatIsRequested() throws ExpositionException {
    ProtobufBytes both = integers().message(3, bucket(0.5, 3));
    ProtobufBytes family = family("h", HISTOGRAM, metric(7, both));
    String exponential = "h{} {schema:3 count:10 sum:18.5 zero:2/0.001 +-1:1,2,0 +3:4 -0:1}";
    String[] series = {
      "h_count{} 10", "h_sum{} 18.5", "h_bucket{le=\"0.5\"} 3", "h_bucket{le=\"+Inf\"} 10"
    };
    String custom = "h{} {schema:-53 count:10 sum:18.5 +0:3,7 bounds:[0.5]}";
    assertThat(samples(NATIVE, family)).containsExactly(exponential);
    assertThat(samples(BOTH, family))
        .containsExactly(exponential, series[0], series[1], series[2], series[3]);
    assertThat(samples(PageParser.HistogramReading.CLASSIC, family)).containsExactly(series);
    assertThat(samples(CUSTOM, family)).containsExactly(custom);
    assertThat(samples(new PageParser.HistogramReading(false, true, true), family))
        .containsExactly(custom, series[0], series[1], series[2], series[3]);
    assertThat(samples(new PageParser.HistogramReading(true, true, false), family))
        .containsExactly(exponential);
  }

  @Test
  void parse_nativeOnly_whereClassicIsWanted_isTheLastBucket() throws ExpositionException {
    assertThat(
            samples(
                PageParser.HistogramReading.CLASSIC, family("h", HISTOGRAM, metric(7, integers()))))
        .containsExactly("h_count{} 10", "h_sum{} 18.5", "h_bucket{le=\"+Inf\"} 10");
    assertThat(samples(BOTH, family("h", HISTOGRAM, metric(7, integers())))).hasSize(1);
  }

  @Test
  void parse_classicHistogramThatContradictsItself_staysClassic() throws ExpositionException {
    ProtobufBytes falling =
        message().varint(1, 5).message(3, bucket(1, 4)).message(3, bucket(2, 3));
    assertThat(samples(CUSTOM, family("h", HISTOGRAM, metric(7, falling)))).hasSize(5);
    assertThat(samples(CUSTOM, family("h", GAUGE_HISTOGRAM, metric(7, classic())))).hasSize(6);
  }

  @Test
  void parse_fieldsInAnyOrderAndUnknownOnes_areRead() throws ExpositionException {
    ProtobufBytes metric =
        message()
            .varint(6, 5)
            .message(3, message().text(99, "?").float64(1, 8))
            .message(1, message().text(2, "v").text(1, "n"))
            .varint(1000, 1);
    ProtobufBytes family =
        message().message(4, metric).float64(77, 1).varint(3, COUNTER).text(1, "late");
    assertThat(samples(NATIVE, family, message().text(1, "empty").varint(3, 99)))
        .containsExactly("late{n=\"v\"} 8 @5");
  }

  static Stream<Arguments> contradictions() {
    return Stream.of(
        Arguments.of("found schema 53, expected -4 to 8", integers().signed(5, 53)),
        Arguments.of("found schema -5", integers().signed(5, -5)),
        Arguments.of(
            "found 10 observations in buckets, but the histogram's count is 11",
            integers().varint(1, 11)),
        Arguments.of(
            "found 4 buckets in the positive spans, but 5 counts", integers().signed(13, 0)),
        Arguments.of("negative span 1 with offset -1", integers().message(9, span(-1, 0))),
        Arguments.of(
            "negative count in positive bucket 1",
            message().varint(1, 1).message(12, span(0, 2)).packed(13, 1L, -2)),
        Arguments.of(
            "found the invalid positive span 0 with offset 0 and length 2147483647",
            message().message(12, span(0, Integer.MAX_VALUE))),
        Arguments.of(
            "found the invalid positive span 0 with offset 0 and length -1",
            message().message(12, span(0, -1))),
        Arguments.of(
            "found the invalid positive span 1 with offset 2147483647",
            message()
                .varint(1, 2)
                .message(12, span(Integer.MAX_VALUE - 1, 1))
                .message(12, span(Integer.MAX_VALUE, 1))
                .packed(13, 1L, 0)),
        Arguments.of(
            "found more than 1048576 buckets", message().bytes(13, new byte[(1 << 20) + 1])),
        Arguments.of(
            "found a packed field of doubles with 7 bytes", message().bytes(14, new byte[7])));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void parse_contradiction_isRefused(String expected, ProtobufBytes histogram) {
    ProtobufBytes family = family("odd", HISTOGRAM, metric(7, histogram));
    assertThatThrownBy(() -> samples(NATIVE, family))
        .isInstanceOf(ExpositionException.class)
        .hasMessageStartingWith("metric family \"odd\": byte ")
        .hasMessageContaining(expected);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of("without a name", message().varint(3, 0).message(4, metric(3, value(1)))),
        Arguments.of("found metric type 6", family("f", 6, metric(3, value(1)))),
        Arguments.of("a metric without its gauge", family("f", GAUGE, metric(3, value(1)))),
        Arguments.of(
            "found wire type 0 for field 1, expected 1",
            family("f", COUNTER, metric(3, message().varint(1, 5)))),
        Arguments.of("found wire type 3", family("f", COUNTER).bytes(4, new byte[] {0x0b})),
        Arguments.of(
            "found the invalid field number 0", family("f", COUNTER).bytes(4, new byte[] {0x01})),
        Arguments.of(
            "more than 10 bytes",
            family("f", COUNTER).bytes(4, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1})),
        Arguments.of(
            "that is not UTF-8",
            message().bytes(1, new byte[] {(byte) 0xff}).message(4, metric(3, value(1)))),
        Arguments.of(
            "found label a twice", family("f", COUNTER, metric(3, value(1), "a", "b", "a", "c"))),
        Arguments.of(
            "found label __name__ twice",
            family("f", COUNTER, metric(3, value(1), "__name__", "b"))),
        Arguments.of("found an empty name", family("f", COUNTER, metric(3, value(1), "", "b"))));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void parse_malformed_isRefused(String expected, ProtobufBytes family) {
    assertThatThrownBy(() -> samples(NATIVE, family))
        .isInstanceOf(ExpositionException.class)
        .hasMessageContaining(expected);
  }

  private static byte[] mixedBody() {
    return body(
        family("c", COUNTER, metric(3, value(5), "a", "b").varint(6, 1)),
        family("s", SUMMARY, metric(4, message().varint(1, 4).message(3, value(0.5)))),
        family("h", HISTOGRAM, metric(7, integers().message(3, bucket(0.5, 3)))));
  }

  @Test
  void parse_cutAnywhere_isRefusedAndNothingBehindIsRead() throws ExpositionException {
    byte[] whole = mixedBody();
    int good = 0;
    for (int length = 0; length < whole.length; length++) {
      var seen = new SeenSamples();
      try {
        new PageParser().parse(whole, length, Format.PROTOBUF, BOTH, seen);
        good++;
      } catch (ExpositionException e) {
        assertThat(e).hasMessageContaining("byte ");
      }
    }
    /* Before the first family, and after the first and the second. */
    assertThat(good).isEqualTo(3);
    byte[] longer = Arrays.copyOf(whole, whole.length + 5);
    Arrays.fill(longer, whole.length, longer.length, (byte) -1);
    var seen = new SeenSamples();
    new PageParser().parse(longer, whole.length, Format.PROTOBUF, BOTH, seen);
    assertThat(seen.samples).isEqualTo(parse(whole, BOTH).samples).hasSize(9);
  }

  @Test
  void parse_randomDamage_throwsNothingElse() {
    var random = new Random(11);
    byte[] whole = mixedBody();
    var parser = new PageParser();
    for (int round = 0; round < 50_000; round++) {
      byte[] damaged = whole.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        PageParser.HistogramReading reading =
            new PageParser.HistogramReading(
                random.nextBoolean(), random.nextBoolean(), random.nextBoolean());
        parser.parse(damaged, damaged.length, Format.PROTOBUF, reading, new SeenSamples());
      } catch (ExpositionException e) {
        assertThat(e.getMessage()).isNotNull();
      }
    }
  }
}
