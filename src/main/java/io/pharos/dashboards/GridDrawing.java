package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.Drawing.Named;
import io.pharos.dashboards.Drawing.Times;
import io.pharos.dashboards.PanelView.Heat;
import io.pharos.dashboards.PanelView.State;
import io.pharos.dashboards.PanelView.StateRow;
import io.pharos.dashboards.PanelView.States;
import io.pharos.model.histogram.Bucket;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.RangeMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Draws panels with a grid over time: `heatmap`, `state-timeline` and `status-history`.
final class GridDrawing {
  private static final int MAX_ROWS = 60;

  /// Schema to which native histograms are reduced: two buckets for each power of two.
  private static final int SCHEMA = 1;

  private GridDrawing() {}

  /// Draws the number of observations by time and bucket. The numbers come from classic buckets,
  /// the series by `le` with cumulative counts, or from native histograms.
  static PanelView heat(Drawing drawing) {
    drawing.refuseTransformations();
    if (drawing.options().path("calculate").asBoolean()) {
      throw new UndrawnException("Heat maps that calculate their buckets are not supported.");
    }
    Times times = drawing.times();
    var columns = new TreeMap<Double, double[]>();
    boolean isCumulative = true;
    for (Answer answer : drawing.answers()) {
      for (RangeMatrix.Series series : answer.series()) {
        if (series.size() > 0 && series.histogram(0) != null) {
          isCumulative = false;
          addNative(columns, series, times);
        } else {
          add(columns, series, times);
        }
      }
    }
    if (columns.isEmpty()) {
      return drawing.empty();
    }
    if (columns.size() > MAX_ROWS) {
      throw new UndrawnException(
          "The heat map has %d buckets, expected at most %d".formatted(columns.size(), MAX_ROWS));
    }
    return heat(drawing, columns, isCumulative);
  }

  private static void add(Map<Double, double[]> columns, RangeMatrix.Series series, Times times) {
    String le = series.labels().get("le");
    double bound;
    try {
      bound = le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
    } catch (NumberFormatException _) {
      throw new UndrawnException(
          "A heat map needs series with a number in the label le, found " + series.labels());
    }
    double[] counts = columns.computeIfAbsent(bound, _ -> new double[times.points()]);
    for (int i = 0; i < series.size(); i++) {
      int point = (int) ((series.timestamps()[i] - times.from()) / times.step());
      if (point >= 0 && point < counts.length && !Double.isNaN(series.values()[i])) {
        counts[point] += series.values()[i];
      }
    }
  }

  private static void addNative(
      Map<Double, double[]> columns, RangeMatrix.Series series, Times times) {
    for (int i = 0; i < series.size(); i++) {
      Histogram histogram = series.histogram(i);
      int point = (int) ((series.timestamps()[i] - times.from()) / times.step());
      if (histogram == null || point < 0 || point >= times.points()) {
        continue;
      }
      Histogram coarse =
          histogram.hasCustomBuckets() || histogram.schema() <= SCHEMA
              ? histogram
              : histogram.atSchema(SCHEMA);
      for (Bucket bucket : coarse.buckets()) {
        columns.computeIfAbsent(bucket.upper(), _ -> new double[times.points()])[point] +=
            bucket.count();
      }
    }
  }

  private static PanelView heat(
      Drawing drawing, Map<Double, double[]> columns, boolean isCumulative) {
    JsonNode axis = drawing.options().path("yAxis");
    String unit = axis.path("unit").asText(drawing.fields().style().unit());
    var names = new ArrayList<String>();
    var rows = new ArrayList<List<@Nullable Double>>();
    double[] lower = new double[drawing.times().points()];
    double maxCount = 0;
    for (Map.Entry<Double, double[]> column : columns.entrySet()) {
      double[] counts = column.getValue().clone();
      for (int i = 0; i < counts.length; i++) {
        double count = isCumulative ? Math.max(0, counts[i] - lower[i]) : counts[i];
        counts[i] = count > 1e-9 ? count : Double.NaN;
        maxCount = Math.max(maxCount, count);
      }
      lower = isCumulative ? column.getValue() : lower;
      names.add(Units.shown(column.getKey(), unit, OptionalInt.empty()).toString());
      rows.add(Drawing.sixDigits(counts));
    }
    if (maxCount == 0) {
      return drawing.empty();
    }
    Times times = drawing.times();
    String text = drawing.fields().style().shown(maxCount).toString();
    return new Heat(times.from(), times.step(), times.points(), names, rows, text);
  }

  /// Draws the states of series over time. Adjacent equal values are drawn as one state.
  static PanelView states(Drawing drawing) {
    drawing.refuseTransformations();
    List<Named> all = drawing.series();
    var rows = new ArrayList<StateRow>();
    for (Named series : all.subList(0, Math.min(all.size(), MAX_ROWS))) {
      List<State> states = states(series, drawing.times());
      if (!states.isEmpty()) {
        rows.add(new StateRow(series.name(), states));
      }
    }
    Times times = drawing.times();
    return rows.isEmpty()
        ? drawing.empty()
        : new States(times.from(), times.until(), rows, Math.max(0, all.size() - MAX_ROWS));
  }

  private static List<State> states(Named series, Times times) {
    var states = new ArrayList<State>();
    double[] values = series.values();
    int begin = 0;
    for (int i = 1; i <= values.length; i++) {
      if (i == values.length || Double.compare(values[i], values[begin]) != 0) {
        if (!Double.isNaN(values[begin])) {
          String color = series.style().color(values[begin]);
          states.add(
              new State(
                  times.from() + begin * times.step(),
                  Math.min(times.until(), times.from() + i * times.step()),
                  series.style().shown(values[begin]).toString(),
                  color.isEmpty() ? "blue" : color));
        }
        begin = i;
      }
    }
    return states;
  }
}
