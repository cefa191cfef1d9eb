package io.pharos.server.web.query;

import com.fasterxml.jackson.core.JsonFactory;
import io.pharos.model.Labels;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.server.api.JsonValue;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A chart as data for the browser's script: columns of values at evenly spaced times.
///
/// @param lines lines of the expressions' series, followed by the lines of the limits' series
/// @param bounds numbers, each drawn as a horizontal line
/// @param since start of the alert that the chart marks; null if it marks no alert
/// @param until end of that alert; null if the chart marks no alert or the alert has not ended
public record Chart(
    Span span,
    List<Line> lines,
    List<ChartedCondition.Bound> bounds,
    boolean stacked,
    @Nullable Instant since,
    @Nullable Instant until) {
  private static final JsonFactory JSON = new JsonFactory();

  /* Significant digits of a value in the JSON. More digits would not be visible in the chart. */
  private static final MathContext DIGITS = new MathContext(7);

  public Chart {
    lines = List.copyOf(lines);
    bounds = List.copyOf(bounds);
  }

  /// Returns a chart of columns of values at evenly spaced times; NaN for a missing value.
  ///
  /// @param limits columns that are drawn as limits of the others
  public static Chart of(
      Instant from, Duration step, Map<String, double[]> lines, List<double[]> limits) {
    int points = lines.values().stream().mapToInt(values -> values.length).max().orElse(1);
    long start = from.toEpochMilli();
    var span = new Span(start, start + (points - 1) * step.toMillis(), step.toMillis());
    var drawn = new ArrayList<Line>();
    lines.forEach((name, values) -> drawn.add(new Line(0, name, span.series(values))));
    limits.forEach(values -> drawn.add(new Line(-1, "tolerated", span.series(values))));
    return new Chart(span, drawn, List.of(), false, null, null);
  }

  /// Returns this chart with one more number, drawn as a horizontal line.
  public Chart with(BinaryOp op, double value) {
    var more = new ArrayList<>(bounds);
    more.add(new ChartedCondition.Bound(op, value));
    return new Chart(span, lines, more, stacked, since, until);
  }

  /// Start, end and step in milliseconds of Unix time.
  record Span(long from, long to, long step) {
    int points() {
      return Math.toIntExact((to - from) / step + 1);
    }

    private RangeMatrix.Series series(double[] values) {
      long[] times = LongStream.range(0, values.length).map(i -> from + i * step).toArray();
      return new RangeMatrix.Series(Labels.empty(), times, values);
    }
  }

  /// One line of the chart.
  ///
  /// @param source index of the expression that the line belongs to; -1 if the line is a limit
  record Line(int source, String name, RangeMatrix.Series series) {
    boolean limit() {
      return source < 0;
    }

    Labels labels() {
      return series.labels();
    }
  }

  /// Returns the chart as the JSON that `graph.js` reads.
  public String json() {
    var text = new StringWriter();
    try (var json = JSON.createGenerator(text)) {
      JsonValue.object(
              "from", span.from() / 1000.0,
              "step", span.step() / 1000.0,
              "points", span.points(),
              "stacked", stacked,
              "since", Optional.ofNullable(since).map(Instant::getEpochSecond),
              "until", Optional.ofNullable(until).map(Instant::getEpochSecond),
              "bounds",
                  JsonValue.array(
                      bounds.stream().filter(it -> Double.isFinite(it.value())).toList(),
                      it -> JsonValue.object("op", it.op().symbol(), "value", it.value())),
              "lines", JsonValue.array(lines, this::json))
          .write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private JsonValue json(Line line) {
    JsonValue values =
        json -> {
          json.writeStartArray();
          for (double value : column(line.series())) {
            if (Double.isFinite(value)) {
              json.writeNumber(new BigDecimal(value).round(DIGITS).toString());
            } else {
              json.writeNull();
            }
          }
          json.writeEndArray();
        };
    return JsonValue.object("name", line.name(), "limit", line.limit(), "values", values);
  }

  /// Returns the value of a series at each point of the span; NaN at points without a sample.
  private double[] column(RangeMatrix.Series series) {
    var column = new double[span.points()];
    Arrays.fill(column, Double.NaN);
    for (int i = 0; i < series.size(); i++) {
      long index = (series.timestamps()[i] - span.from()) / span.step();
      if (index >= 0 && index < column.length) {
        column[(int) index] = series.values()[i];
      }
    }
    return column;
  }
}
