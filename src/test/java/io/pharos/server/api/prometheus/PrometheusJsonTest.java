package io.pharos.server.api.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.server.api.Rendering;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrometheusJsonTest {
  private static final Histogram HISTOGRAM =
      new Histogram(
          ResetHint.UNKNOWN,
          0,
          1e-7,
          2,
          9,
          25.5,
          new Buckets(List.of(new BucketSpan(1, 3)), new double[] {3, 0, 1}),
          new Buckets(List.of(new BucketSpan(1, 1)), new double[] {3}),
          new double[0]);
  private static final String JSON =
      """
      {"count":"9","sum":"25.5","buckets":[[1,"-2","-1","3"],[3,"-1e-07","1e-07","2"],\
      [0,"1","2","3"],[0,"4","8","1"]]}""";

  private static String json(Value value) {
    var response =
        PrometheusJson.result(QueryResult.of(value), Integer.MAX_VALUE, false, Duration.ZERO);
    return new String(((Rendering) response.getEntity()).bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void vector_ofFloatAndHistogram_hasValueAndHistogram() {
    var vector =
        InstantVector.builder(1500)
            .add(Labels.of("a", "b"), 1e21)
            .add(Labels.of("a", "c"), HISTOGRAM)
            .build();

    assertThat(json(vector))
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                + "{\"metric\":{\"a\":\"b\"},\"value\":[1.500,\"1e+21\"]},"
                + "{\"metric\":{\"a\":\"c\"},\"histogram\":[1.500,"
                + JSON
                + "]}]}}");
  }

  @Test
  void matrix_ofBoth_hasThemApart() {
    var mixed =
        new RangeMatrix.Series(
            Labels.of("a", "b"),
            new long[] {1000, 2000, 3000},
            new double[] {1, Double.NaN, 3},
            new Histogram[] {null, HISTOGRAM, null});
    var histograms =
        new RangeMatrix.Series(
            Labels.of("a", "c"),
            new long[] {1000},
            new double[] {Double.NaN},
            new Histogram[] {HISTOGRAM.withoutBuckets()});

    assertThat(json(new RangeMatrix(List.of(mixed, histograms))))
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
                + "{\"metric\":{\"a\":\"b\"},\"values\":[[1,\"1\"],[3,\"3\"]],\"histograms\":[[2,"
                + JSON
                + "]]},{\"metric\":{\"a\":\"c\"},"
                + "\"histograms\":[[1,{\"count\":\"9\",\"sum\":\"25.5\"}]]}]}}");
  }

  @Test
  void scalarAndString_haveNoExponentAndNoZerosBehindTheTime() {
    assertThat(json(new Scalar(1500, 1e21))).contains("[1.5,\"1000000000000000000000\"]");
    assertThat(json(new Scalar(4000, 1e-7))).contains("[4,\"0.0000001\"]");
    assertThat(json(new StringValue(-1250, "a"))).contains("[-1.25,\"a\"]");
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "0.00051, 0.00051", "5e-7, 5e-7", "-1.5, -1.5", "1e21, 1e+21", "0, 0"})
  void number_isWrittenAsGoWritesIt(double value, String text) throws IOException {
    var written = new StringWriter();
    try (var generator = new JsonFactory().createGenerator(written)) {
      PrometheusJson.number(value).write(generator);
    }
    assertThat(written).hasToString(text);
  }

  @Test
  void remarks_moreThanTen_areCountedAndLeftOut() {
    List<String> many = IntStream.range(0, 12).mapToObj(i -> "w" + i).toList();
    var response =
        PrometheusJson.result(
            new QueryResult(new Scalar(0, 1), many, many.subList(0, 10)),
            Integer.MAX_VALUE,
            false,
            Duration.ZERO);

    assertThat(new String(((Rendering) response.getEntity()).bytes(), StandardCharsets.UTF_8))
        .contains("\"w9\",\"2 more warning annotations omitted\"],\"infos\":[\"w0\"")
        .endsWith("\"w9\"]}");
  }

  @Test
  void bucket_custom_hasBothBoundsAtTheLowestOnly() {
    var custom =
        new Histogram(
            ResetHint.UNKNOWN,
            Histogram.CUSTOM_BUCKETS,
            0,
            0,
            3,
            4,
            new Buckets(List.of(new BucketSpan(0, 2)), new double[] {1, 2}),
            Buckets.none(),
            new double[] {5});
    var vector = InstantVector.builder(0).add(Labels.empty(), custom).build();

    assertThat(json(vector))
        .contains("\"buckets\":[[3,\"-Inf\",\"5\",\"1\"],[0,\"5\",\"+Inf\",\"2\"]]");
  }
}
