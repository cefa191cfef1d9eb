package io.pharos.server.web.query;

import io.pharos.model.GoFloat;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Evaluates the panels of the graph page.
/* A panel costs one instant query of the whole expression, which also checks the syntax. Each of
 * its conditions costs a range query and an instant query of the compared series. The
 * evaluator's limits apply to all these queries. */
public record GraphPanels(Evaluator evaluator) {
  /// Limits for the size of a screen: the default number of points per series, the maximum number
  /// of points per series (on a large screen 11,000, as in Prometheus), and the maximum number of
  /// series per chart.
  public enum Screen {
    PHONE(180, 1000, 10),
    LARGE(480, 11_000, 30);

    private final int points;
    private final int maxPoints;
    private final int lines;

    Screen(int points, int maxPoints, int lines) {
      this.points = points;
      this.maxPoints = maxPoints;
      this.lines = lines;
    }

    /// Returns the size of a browser's screen, by what it says about itself.
    ///
    /// @param mobile value of its header `Sec-CH-UA-Mobile`
    /// @param agent value of its header `User-Agent`
    public static Screen of(@Nullable String mobile, @Nullable String agent) {
      return "?1".equals(mobile) || (agent != null && agent.contains("Mobi")) ? PHONE : LARGE;
    }

    /// Returns the maximum number of series in a chart, so that the chart has at most 120,000
    /// values.
    int linesOf(int pointCount) {
      return Math.clamp(120_000L / pointCount, 1, lines);
    }
  }

  /// The content of one panel.
  ///
  /// @param result a sentence about the expression's result; empty if the expression was not
  ///   evaluated
  /// @param notes differences between the panel and the request, and the engine's remarks about the
  ///   query
  public record View(
      GraphRequest.Panel panel,
      Instant from,
      Instant end,
      Instant moment,
      Duration step,
      @Nullable Failure failure,
      String result,
      List<String> notes,
      List<Plot> plots) {
    private View evaluated(@Nullable Failure newFailure, String newResult, List<Plot> newPlots) {
      return new View(panel, from, end, moment, step, newFailure, newResult, notes, newPlots);
    }
  }

  /// Why an expression has no result.
  ///
  /// @param before the part of the expression before the syntax error; empty if there is none
  /// @param rest the part of the expression from the syntax error on; empty if there is none
  public record Failure(String message, String before, String rest) {}

  /// One chart with its table, for one condition of the expression.
  ///
  /// @param empty reason why there is no chart; empty if there is a chart
  public record Plot(
      String joined,
      String caption,
      String bounds,
      @Nullable Chart chart,
      List<Row> rows,
      List<String> notes,
      String empty) {}

  /// One row of the table: a series with its value at the table's time.
  ///
  /// @param line index of the series' line in the chart; -1 if the series is not drawn
  /// @param meets `yes` or `no`: whether the value meets the bounds; empty without bounds
  public record Row(int line, String labels, String value, String meets) {}

  /// Evaluates a panel.
  public View view(GraphRequest.Panel panel, Instant now, Screen screen) {
    var notes = new ArrayList<>(panel.problems());
    Instant requestedEnd = panel.end();
    Instant end = requestedEnd == null || requestedEnd.isAfter(now) ? now : requestedEnd;
    Instant from = (requestedEnd == null ? now : requestedEnd).minus(panel.range());
    if (!from.isBefore(end)) {
      notes.add(
          "the requested time is in the future, so the last "
              + PageTime.span(panel.range())
              + " are shown");
      from = end.minus(panel.range());
    }
    Instant requested = panel.moment();
    Instant moment = requested == null || requested.isAfter(now) ? end : requested;
    long step = step(panel, Duration.between(from, end), screen, notes);
    var span = new Chart.Span(from.toEpochMilli(), end.toEpochMilli(), step);

    var view =
        new View(panel, from, end, moment, Duration.ofMillis(step), null, "", notes, List.of());
    if (panel.expression().isEmpty()) {
      return view;
    }
    try {
      QueryResult whole = evaluator.instant(panel.expression(), moment.toEpochMilli());
      notes.addAll(whole.warnings());
      notes.addAll(whole.infos());
      List<Plot> plots =
          panel.display() == GraphRequest.Display.HEATMAP
              ? List.of()
              : new GraphPlots(evaluator, panel, span, moment, screen).of(whole.value(), notes);
      return view.evaluated(null, summary(whole.value(), plots), plots);
    } catch (QueryException e) {
      return view.evaluated(failure(panel.expression(), e), "", List.of());
    }
  }

  private static Failure failure(String expression, QueryException e) {
    String kind =
        switch (e.kind()) {
          case BAD_DATA -> "";
          case EXECUTION -> "The expression can't be evaluated: ";
          case TIMEOUT -> "The evaluation took too long: ";
          case CANCELED -> "The evaluation was cancelled: ";
          case UNAVAILABLE -> "The samples can't be read now, so the result is unknown: ";
          case BUSY -> "Other queries use the memory now; reload the page in a moment: ";
        };
    try {
      PromqlParser.parse(expression, ParserOptions.all());
      return new Failure(kind + e.reason(), "", "");
    } catch (ParseException error) {
      int offset = Math.min(error.offset(), expression.length());
      return new Failure(
          kind + e.reason(), expression.substring(0, offset), expression.substring(offset));
    }
  }

  /// Returns the time between two points, in milliseconds.
  private static long step(
      GraphRequest.Panel panel, Duration range, Screen screen, List<String> notes) {
    Duration requested = panel.step();
    if (requested == null) {
      return niceStep(range.toMillis() / screen.points);
    }
    if (range.toMillis() / requested.toMillis() < screen.maxPoints) {
      return requested.toMillis();
    }
    long step = niceStep(range.toMillis() / (screen.maxPoints - 1) + 1);
    notes.add(
        "a step of %s would give more than %s points, so the step is %s"
            .formatted(
                PageTime.span(requested),
                screen.maxPoints,
                PageTime.span(Duration.ofMillis(step))));
    return step;
  }

  /* Rounds a step up to a round time that divides an hour, or to whole hours, so that the steps are
   * easy to read. */
  private static long niceStep(long millis) {
    for (long seconds : new long[] {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600}) {
      if (millis <= seconds * 1000) {
        return seconds * 1000;
      }
    }
    return (millis + 3_599_999) / 3_600_000 * 3_600_000;
  }

  private static String summary(Value value, List<Plot> plots) {
    return switch (value) {
      case Scalar scalar -> "The expression is the number " + GoFloat.general(scalar.value()) + ".";
      case StringValue text -> "The expression is the text '" + text.value() + "'.";
      case RangeMatrix matrix ->
          "The expression is a range vector: "
              + matrix.series().size()
              + " series with their samples.";
      case InstantVector vector when vector.isEmpty() ->
          plots.stream().anyMatch(plot -> !plot.rows().isEmpty() && !plot.bounds().isEmpty())
              ? "The expression has no result: the series exist, but the condition does not hold."
              : "The expression has no result.";
      case InstantVector vector ->
          "The expression has " + vector.size() + (vector.size() == 1 ? " value." : " values.");
    };
  }
}
