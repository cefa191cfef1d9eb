package io.pharos.dashboards;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.promql.value.RangeMatrix;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the drawings of all types need of a panel: what was answered, for which time, in which
/// clothes.
///
/// @param panel as the file has it
/// @param answers in the order of the queries, those that are hidden left out
/// @param times of the range that was asked for
/// @param marks what happened meanwhile
record Drawing(JsonNode panel, List<Answer> answers, Times times, List<PanelView.Mark> marks) {
  /// From when to when, and how far apart, Unix milliseconds.
  record Times(long from, long until, long step) {
    int points() {
      return (int) ((until - from) / step) + 1;
    }
  }

  /// A series with its name and its clothes.
  ///
  /// @param values one for each time, NaN where there is none
  record Named(String name, String refId, FieldStyle style, double[] values) {}

  Drawing {
    requireNonNull(panel, "panel is null");
    answers = List.copyOf(answers);
    requireNonNull(times, "times is null");
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

  /// All series of all answers.
  List<Named> series() {
    var all = new ArrayList<Named>();
    FieldConfig fields = fields();
    for (Answer answer : answers) {
      for (RangeMatrix.Series series : answer.series()) {
        String legend = answer.legend(series.labels());
        FieldStyle style = fields.style(legend, answer.refId(), true);
        all.add(
            new Named(style.name(legend, series.labels()), answer.refId(), style, column(series)));
      }
    }
    return all;
  }

  /// The values of a series at the times of the range; of one that is an instant, its value alone.
  private double[] column(RangeMatrix.Series series) {
    if (series.size() == 1 && series.timestamps()[0] == times.until()) {
      return series.values();
    }
    var values = new double[times.points()];
    Arrays.fill(values, Double.NaN);
    for (int i = 0; i < series.size(); i++) {
      long at = (series.timestamps()[i] - times.from()) / times.step();
      if (at >= 0 && at < values.length) {
        values[(int) at] = series.values()[i];
      }
    }
    return values;
  }

  /// Refuses what a panel does to its data, where its type is not one for which that is done here.
  void refuseTransformations() {
    for (JsonNode transformation : panel.path("transformations")) {
      if (!transformation.path("disabled").asBoolean()) {
        throw new UndrawnException(
            "the transformation "
                + transformation.path("id").asText()
                + " is done for tables only here");
      }
    }
  }

  /// What is said where there is nothing.
  PanelView.Empty empty() {
    String text = fields().style().noValue();
    return new PanelView.Empty(text.isEmpty() ? "No data" : text);
  }

  /// Numbers for drawing, with six digits, which is more than a screen shows.
  static List<@Nullable Double> short6(double[] values) {
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
