package io.pharos.dashboards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pharos.dashboards.Drawing.Times;
import io.pharos.model.Labels;
import io.pharos.promql.value.RangeMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Short notations for panels and results of their queries.
final class Panels {
  /// Five points, ten seconds apart.
  static final Times TIMES = new Times(0, 40_000, 10_000);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES, JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
          .build();

  private Panels() {}

  /// JSON with unquoted names and single-quoted texts.
  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  static Drawing drawing(String panel, Answer... answers) {
    return new Drawing(json(panel), List.of(answers), TIMES, List.of());
  }

  /// A panel with these field defaults only.
  static String fields(String defaults) {
    return "{fieldConfig:{defaults:" + defaults + "}}";
  }

  /// @param labels as `job=a,instance=x`, or empty
  /// @param values one for each time; NaN for none
  static RangeMatrix.Series series(String labels, double... values) {
    int[] there = IntStream.range(0, values.length).filter(i -> !Double.isNaN(values[i])).toArray();
    return new RangeMatrix.Series(
        labels(labels),
        Arrays.stream(there).mapToLong(i -> TIMES.from() + i * TIMES.step()).toArray(),
        Arrays.stream(there).mapToDouble(i -> values[i]).toArray());
  }

  /// The result of an instant query at the last time.
  static RangeMatrix.Series instant(String labels, double value) {
    return new RangeMatrix.Series(labels(labels), new long[] {TIMES.until()}, new double[] {value});
  }

  static Labels labels(String labels) {
    return labels.isEmpty() ? Labels.empty() : Labels.of(labels.split("[,=]", -1));
  }

  static Answer answer(String refId, RangeMatrix.Series... series) {
    return new Answer(json("{refId:'" + refId + "'}"), new RangeMatrix(List.of(series)));
  }
}
