package io.pharos.server.web;

import com.fasterxml.jackson.core.JsonFactory;
import io.pharos.model.Labels;
import io.pharos.promql.value.RangeMatrix;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the browser's script draws, as JSON: columns over evenly spaced times.
///
/// @param lines what is drawn, the compared series first
/// @param bounds lines across
/// @param since a mark at the time when the alert began
/// @param until a mark at the time when it ended
record Chart(
    Span span,
    List<Line> lines,
    List<ChartedCondition.Bound> bounds,
    boolean stacked,
    @Nullable Instant since,
    @Nullable Instant until) {
  private static final JsonFactory JSON = new JsonFactory();

  /* More digits can't be told apart on a screen. */
  private static final MathContext DIGITS = new MathContext(7);

  Chart {
    lines = List.copyOf(lines);
    bounds = List.copyOf(bounds);
  }

  /// From, to and the distance of two points, Unix milliseconds.
  record Span(long from, long to, long step) {
    int points() {
      return Math.toIntExact((to - from) / step + 1);
    }
  }

  /// One series.
  ///
  /// @param source the place among the chart's expressions of the one that it is of; -1 where it is
  ///   what others are compared with
  record Line(int source, String name, RangeMatrix.Series series) {
    boolean limit() {
      return source < 0;
    }

    Labels labels() {
      return series.labels();
    }
  }

  public String json() {
    var text = new StringWriter();
    try (var json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("from", span.from() / 1000.0);
      json.writeNumberField("step", span.step() / 1000.0);
      json.writeNumberField("points", span.points());
      json.writeBooleanField("stacked", stacked);
      if (since != null) {
        json.writeNumberField("since", since.getEpochSecond());
      }
      if (until != null) {
        json.writeNumberField("until", until.getEpochSecond());
      }
      json.writeArrayFieldStart("bounds");
      for (ChartedCondition.Bound bound : bounds) {
        if (Double.isFinite(bound.value())) {
          json.writeStartObject();
          json.writeStringField("op", bound.op().symbol());
          json.writeNumberField("value", bound.value());
          json.writeEndObject();
        }
      }
      json.writeEndArray();
      json.writeArrayFieldStart("lines");
      for (Line line : lines) {
        json.writeStartObject();
        json.writeStringField("name", line.name());
        json.writeBooleanField("limit", line.limit());
        json.writeArrayFieldStart("values");
        for (double value : column(line.series())) {
          if (Double.isFinite(value)) {
            json.writeNumber(new BigDecimal(value).round(DIGITS).toString());
          } else {
            json.writeNull();
          }
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /// The values at the span's times; NaN where the series has none.
  private double[] column(RangeMatrix.Series series) {
    var column = new double[span.points()];
    Arrays.fill(column, Double.NaN);
    for (int i = 0; i < series.size(); i++) {
      long at = (series.timestamps()[i] - span.from()) / span.step();
      if (at >= 0 && at < column.length) {
        column[(int) at] = series.values()[i];
      }
    }
    return column;
  }
}
