package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.promql.value.RangeMatrix;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The input for drawing a panel of any type.
///
/// @param answers results of the queries that are not hidden, in the panel's order
record Drawing(JsonNode panel, List<Answer> answers, Times times, List<PanelView.Mark> marks) {
  /// Evenly spaced times, in Unix milliseconds.
  record Times(long from, long until, long step) {
    int points() {
      return (int) ((until - from) / step) + 1;
    }
  }

  /// A series with its name and style.
  ///
  /// @param values one value for each time, NaN if the series has none; of an instant query its
  ///   only value
  record Named(String name, String refId, FieldStyle style, double[] values) {}

  Drawing {
    answers = List.copyOf(answers);
    marks = List.copyOf(marks);
  }

  JsonNode options() {
    return panel.path("options");
  }

  JsonNode custom() {
    return panel.path("fieldConfig").path("defaults").path("custom");
  }

  FieldConfig fields() {
    return FieldConfig.of(panel);
  }

  /// Returns the series of all queries.
  List<Named> series() {
    var all = new ArrayList<Named>();
    FieldConfig fields = fields();
    for (Answer answer : answers) {
      for (RangeMatrix.Series series : answer.series()) {
        String legend = answer.legend(series.labels());
        FieldStyle style = fields.style(legend, answer.refId(), true);
        double[] values = answer.value() instanceof RangeMatrix ? column(series) : series.values();
        all.add(new Named(style.name(legend, series.labels()), answer.refId(), style, values));
      }
    }
    return all;
  }

  private double[] column(RangeMatrix.Series series) {
    var values = new double[times.points()];
    Arrays.fill(values, Double.NaN);
    for (int i = 0; i < series.size(); i++) {
      long point = (series.timestamps()[i] - times.from()) / times.step();
      if (point >= 0 && point < values.length) {
        values[(int) point] = series.values()[i];
      }
    }
    return values;
  }

  /// Throws an exception if the panel has enabled transformations. Panel types that do not support
  /// them call it.
  void refuseTransformations() {
    for (JsonNode transformation : panel.path("transformations")) {
      if (!transformation.path("disabled").asBoolean()) {
        throw new UndrawnException(
            "The transformation %s is supported only for tables."
                .formatted(transformation.path("id").asText()));
      }
    }
  }

  /// Returns the content of a panel without data.
  PanelView.Empty empty() {
    String text = fields().style().noValue();
    return new PanelView.Empty(text.isEmpty() ? "No data" : text);
  }

  /// Returns the values rounded to six significant digits, more than a screen can show. NaN and Inf
  /// become null.
  static List<@Nullable Double> sixDigits(double[] values) {
    var list = new ArrayList<@Nullable Double>(values.length);
    for (double value : values) {
      list.add(Double.isFinite(value) ? rounded(value) : null);
    }
    return list;
  }

  private static double rounded(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(6)).doubleValue();
  }
}
