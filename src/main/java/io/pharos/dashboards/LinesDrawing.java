package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.Drawing.Named;
import io.pharos.dashboards.PanelView.Axis;
import io.pharos.dashboards.PanelView.Bound;
import io.pharos.dashboards.PanelView.Legend;
import io.pharos.dashboards.PanelView.Line;
import io.pharos.dashboards.PanelView.Lines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Draws panels of lines, bars or points over time: `timeseries`.
final class LinesDrawing {
  /* Maximum numbers of lines in a panel and of values in all its lines. They keep pages small. */
  private static final int MAX_LINES = 50;
  private static final int MAX_VALUES = 40_000;

  private LinesDrawing() {}

  static PanelView of(Drawing drawing) {
    drawing.refuseTransformations();
    List<Named> all = drawing.series().stream().filter(LinesDrawing::isVisible).toList();
    if (all.isEmpty()) {
      return drawing.empty();
    }
    int points = drawing.times().points();
    int maxLines = Math.clamp(MAX_VALUES / points, 1, MAX_LINES);
    JsonNode legend = drawing.options().path("legend");
    List<Reducer> calcs = new ArrayList<>();
    legend.path("calcs").forEach(calc -> calcs.add(Reducer.named(calc.asText())));
    var lines = new ArrayList<Line>();
    var marks = new ArrayList<>(drawing.marks());
    for (Named series : all.subList(0, Math.min(maxLines, all.size()))) {
      lines.add(line(series, calcs, points));
    }
    if (all.size() > maxLines) {
      marks.add(
          new PanelView.Mark(
              0, 0, (all.size() - maxLines) + " more lines are not shown", "orange"));
    }
    List<Named> left = all.stream().filter(series -> !isRight(series)).toList();
    List<Named> right = all.stream().filter(LinesDrawing::isRight).toList();
    return new Lines(
        drawing.times().from(),
        drawing.times().step(),
        points,
        lines,
        bounds(drawing),
        axis(left.isEmpty() ? right : left, drawing),
        right.isEmpty() || left.isEmpty() ? null : axis(right, drawing),
        new Legend(
            legend.path("showLegend").asBoolean(true), calcs.stream().map(Reducer::label).toList()),
        marks);
  }

  private static boolean isVisible(Named series) {
    JsonNode hidden = series.style().custom().path("hideFrom");
    return !hidden.path("viz").asBoolean();
  }

  private static boolean isRight(Named series) {
    return series.style().custom().path("axisPlacement").asText().equals("right");
  }

  private static Line line(Named series, List<Reducer> calcs, int points) {
    FieldStyle style = series.style();
    JsonNode custom = style.custom();
    double[] values =
        series.values().length == points ? series.values() : atLastPoint(series.values(), points);
    double factor = custom.path("transform").asText().equals("negative-Y") ? -1 : 1;
    double[] drawn = Arrays.stream(values).map(value -> value * factor).toArray();
    String stacking = custom.path("stacking").path("mode").asText("none");
    if (stacking.equals("percent")) {
      throw new UndrawnException("Stacking in percent is not supported.");
    }
    String mode = style.options().path("color").path("mode").asText();
    return new Line(
        series.name(),
        mode.equals("thresholds") ? style.color(Reducer.LAST.of(values)) : style.color(0),
        custom.path("drawStyle").asText("line"),
        custom.path("lineWidth").asDouble(1),
        custom.path("fillOpacity").asDouble(0) / 100,
        stacking.equals("normal"),
        custom.path("lineStyle").path("fill").asText("solid").matches("dash|dot"),
        isRight(series),
        custom.path("lineInterpolation").asText().startsWith("step"),
        custom.path("spanNulls").asBoolean() || custom.path("spanNulls").isNumber(),
        Drawing.sixDigits(drawn),
        calcs.stream().map(calc -> style.shown(calc.of(values)).toString()).toList());
  }

  /* Returns the last value, which an instant query returned, as the last of many points. */
  private static double[] atLastPoint(double[] values, int points) {
    var padded = new double[points];
    Arrays.fill(padded, Double.NaN);
    padded[points - 1] = values[values.length - 1];
    return padded;
  }

  private static List<Bound> bounds(Drawing drawing) {
    FieldStyle style = drawing.fields().style();
    String mode = style.custom().path("thresholdsStyle").path("mode").asText("off");
    if (mode.equals("off")) {
      return List.of();
    }
    return style.thresholds().stream()
        .filter(threshold -> Double.isFinite(threshold.from()))
        .map(
            threshold ->
                new Bound(
                    threshold.from(),
                    threshold.color(),
                    mode.contains("line") || mode.contains("dashed"),
                    mode.contains("area")))
        .toList();
  }

  private static Axis axis(List<Named> series, Drawing drawing) {
    FieldStyle style = series.isEmpty() ? drawing.fields().style() : series.getFirst().style();
    double maxSize = 0;
    for (Named named : series) {
      for (double value : named.values()) {
        maxSize = Double.isFinite(value) ? Math.max(maxSize, Math.abs(value)) : maxSize;
      }
    }
    Units.Scale scale = Units.scale(maxSize, style.unit());
    return new Axis(
        scale.divisor(),
        scale.suffix(),
        nullable(style.min()),
        nullable(style.max()),
        style.custom().path("scaleDistribution").path("type").asText().equals("log"));
  }

  private static @Nullable Double nullable(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
