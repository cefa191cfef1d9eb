package io.pharos.server.web;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.message.TextTruncation;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Asks the evaluator what the panels of the graph page show.
/* One panel costs one instant query of the whole expression, which also is the judge of its syntax,
 * and for each of its conditions a range and an instant query of what is compared. All are bounded
 * by the evaluator's own limits, and by those below. */
final class GraphPanels {
  /// As many conditions of one expression are drawn.
  private static final int MAX_CONDITIONS = 4;

  /// As many selectors are looked at one by one when nothing was found.
  private static final int MAX_SELECTORS = 6;

  private static final int MAX_ROWS = 100;
  private static final int MAX_LIMIT_LINES = 5;

  private final Evaluator evaluator;

  GraphPanels(Evaluator evaluator) {
    this.evaluator = requireNonNull(evaluator, "evaluator is null");
  }

  /// How much a screen can show: how many points of a series where the address names no step, how
  /// many at most (as many as Prometheus gives), how many series in one chart.
  enum Screen {
    PHONE(180, 1000, 10),
    LARGE(480, 11_000, 30);

    private final int points;
    private final int mostPoints;
    private final int lines;

    Screen(int points, int mostPoints, int lines) {
      this.points = points;
      this.mostPoints = mostPoints;
      this.lines = lines;
    }

    /// As many series as keep the page below some 120,000 numbers.
    int linesOf(int pointCount) {
      return Math.clamp(120_000L / pointCount, 1, lines);
    }
  }

  /// What the page shows of one panel.
  ///
  /// @param result what the whole expression gives; empty where it was not evaluated
  /// @param notes what was not done as asked
  record View(
      GraphRequest.Panel panel,
      Instant from,
      Instant end,
      Instant moment,
      Duration step,
      @Nullable Failure failure,
      String result,
      List<String> notes,
      List<Plot> plots) {}

  /// Why there is nothing to show.
  ///
  /// @param before the expression up to the place of the error; empty where the place is not known
  /// @param rest from there on
  record Failure(String message, String before, String rest) {}

  /// One chart with its table.
  ///
  /// @param empty why nothing is drawn; empty where something is
  record Plot(
      String joined,
      String caption,
      String bounds,
      @Nullable Chart chart,
      List<Row> rows,
      List<String> notes,
      String empty) {}

  /// One series at the moment of the table.
  ///
  /// @param line which line of the chart it is; -1 for none
  /// @param meets `yes` or `no` where it is compared with numbers, else empty
  record Row(int line, String labels, String value, String meets) {}

  View view(GraphRequest.Panel panel, Instant now, Screen screen) {
    var notes = new ArrayList<>(panel.problems());
    Instant asked = panel.end();
    Instant end = asked == null || asked.isAfter(now) ? now : asked;
    Instant from = (asked == null ? now : asked).minus(panel.range());
    if (!from.isBefore(end)) {
      notes.add(
          "the time lies in the future: the last " + PageTime.span(panel.range()) + " are shown");
      from = end.minus(panel.range());
    }
    Instant wanted = panel.moment();
    Instant moment = wanted == null || wanted.isAfter(now) ? end : wanted;
    long step = step(panel, Duration.between(from, end), screen, notes);
    var span = new Chart.Span(from.toEpochMilli(), end.toEpochMilli(), step);

    var view =
        new View(
            panel, from, end, moment, Duration.ofMillis(step), null, "", notes, new ArrayList<>());
    if (panel.expression().isEmpty()) {
      return view;
    }
    try {
      QueryResult whole = evaluator.instant(panel.expression(), moment.toEpochMilli());
      notes.addAll(whole.warnings());
      notes.addAll(whole.infos());
      var plots = new Plots(panel, span, moment, screen).of(whole.value(), notes);
      return new View(
          panel,
          from,
          end,
          moment,
          Duration.ofMillis(step),
          null,
          summary(whole.value(), plots),
          notes,
          plots);
    } catch (QueryException e) {
      return new View(
          panel,
          from,
          end,
          moment,
          Duration.ofMillis(step),
          failure(panel.expression(), e),
          "",
          notes,
          List.of());
    }
  }

  private static Failure failure(String expression, QueryException e) {
    String kind =
        switch (e.kind()) {
          case BAD_DATA -> "";
          case EXECUTION -> "It can't be evaluated: ";
          case TIMEOUT -> "It took too long: ";
          case CANCELED -> "It was given up: ";
          case UNAVAILABLE -> "The samples can't be read now, so this is unknown: ";
          case BUSY -> "Other queries take the memory now: ";
        };
    try {
      PromqlParser.parse(expression, ParserOptions.all());
      return new Failure(kind + e.reason(), "", "");
    } catch (ParseException at) {
      int offset = Math.min(at.offset(), expression.length());
      return new Failure(
          kind + e.reason(), expression.substring(0, offset), expression.substring(offset));
    }
  }

  /// The distance of two points in milliseconds.
  private static long step(
      GraphRequest.Panel panel, Duration range, Screen screen, List<String> notes) {
    Duration asked = panel.step();
    if (asked == null) {
      return niceStep(range.toMillis() / screen.points);
    }
    if (range.toMillis() / asked.toMillis() < screen.mostPoints) {
      return asked.toMillis();
    }
    long step = niceStep(range.toMillis() / (screen.mostPoints - 1) + 1);
    notes.add(
        "a step of "
            + PageTime.span(asked)
            + " would give more than the "
            + screen.mostPoints
            + " points that are drawn at most: it is "
            + PageTime.span(Duration.ofMillis(step))
            + " here");
    return step;
  }

  /* Steps that divide minutes, hours and days, so that points fall on times that people name. */
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
          "The expression is a range: " + matrix.series().size() + " series with their samples.";
      case InstantVector vector when vector.isEmpty() ->
          plots.stream().anyMatch(plot -> !plot.rows().isEmpty() && !plot.bounds().isEmpty())
              ? "The expression gives nothing then: the series are there, the condition does not hold."
              : "The expression gives nothing then.";
      case InstantVector vector ->
          "The expression gives " + vector.size() + (vector.size() == 1 ? " value." : " values.");
    };
  }

  /// The charts of one expression.
  private final class Plots {
    private final GraphRequest.Panel panel;
    private final Chart.Span span;
    private final Instant moment;
    private final Screen screen;

    Plots(GraphRequest.Panel panel, Chart.Span span, Instant moment, Screen screen) {
      this.panel = panel;
      this.span = span;
      this.moment = moment;
      this.screen = screen;
    }

    List<Plot> of(Value whole, List<String> notes) {
      if (whole instanceof RangeMatrix matrix) {
        return List.of(samples(matrix));
      }
      if (whole instanceof StringValue) {
        return List.of();
      }
      Expr expr;
      try {
        expr = PromqlParser.parse(panel.expression(), ParserOptions.all());
      } catch (ParseException _) {
        // A remote engine may know more of the language than we do; what it says is shown as it is.
        return List.of(
            plot(new Source("", panel.expression(), List.of(panel.expression()), null, List.of())));
      }
      List<ChartedCondition> conditions = ChartedCondition.of(expr);
      if (conditions.size() > MAX_CONDITIONS) {
        notes.add(
            (conditions.size() - MAX_CONDITIONS)
                + " more conditions of the expression are not drawn");
      }
      return conditions.stream()
          .limit(MAX_CONDITIONS)
          .map(
              condition ->
                  plot(
                      new Source(
                          condition.joined(),
                          "",
                          condition.drawn().stream().map(Printer::print).toList(),
                          condition,
                          condition.drawn())))
          .toList();
    }

    /// What one chart draws.
    ///
    /// @param condition null where the expression is not understood here
    private record Source(
        String joined,
        String caption,
        List<String> texts,
        @Nullable ChartedCondition condition,
        List<Expr> exprs) {}

    private Plot plot(Source source) {
      ChartedCondition condition = source.condition();
      var lines = new ArrayList<Chart.Line>();
      for (int i = 0; i < source.texts().size(); i++) {
        for (RangeMatrix.Series series : range(source.texts().get(i))) {
          lines.add(new Chart.Line(i, "", series));
        }
      }
      String bounds = condition == null ? "" : condition.boundText();
      String caption = String.join("\n", source.texts());
      var rows = new ArrayList<Row>();
      if (lines.isEmpty()) {
        return new Plot(
            source.joined(), caption, bounds, null, rows, List.of(), whyEmpty(source.exprs()));
      }
      var notes = new ArrayList<String>();
      int most = screen.linesOf(span.points());
      int all = lines.size();
      lines.sort(interest(condition));
      if (all > most) {
        lines.subList(most, all).clear();
        notes.add(
            "%d of %d series are drawn, %s; %d are left out. A narrower selector, or topk(), chooses others."
                .formatted(
                    most,
                    all,
                    condition == null || condition.bounds().isEmpty()
                        ? "the first by their labels"
                        : "those nearest to the threshold",
                    all - most));
      }
      name(lines, source.texts());
      if (condition != null) {
        for (ChartedCondition.Limit limit : condition.limits()) {
          range(Printer.print(limit.expr())).stream()
              .limit(MAX_LIMIT_LINES)
              .forEach(series -> lines.add(new Chart.Line(-1, "limit " + shown(series), series)));
        }
      }
      if (lines.stream().allMatch(line -> isHistogram(line.series()))) {
        notes.add(
            "Native histograms are not drawn: ask for histogram_quantile() or histogram_count().");
      }
      int left = 0;
      for (int i = 0; i < source.texts().size(); i++) {
        left += rows(source, i, lines, rows);
      }
      if (left > 0) {
        notes.add(left + " more rows are left out of the table.");
      }
      var chart =
          new Chart(
              span,
              lines,
              condition == null ? List.of() : condition.bounds(),
              panel.stacked(),
              panel.since(),
              panel.until());
      return new Plot(source.joined(), caption, bounds, chart, rows, notes, "");
    }

    private List<RangeMatrix.Series> range(String text) {
      Value value =
          evaluator.range(text, span.from(), span.to(), Duration.ofMillis(span.step())).value();
      return value instanceof RangeMatrix(var series) ? series : List.of();
    }

    /// Adds the rows of an expression and gives how many were left out.
    private int rows(Source source, int at, List<Chart.Line> lines, List<Row> rows) {
      ChartedCondition condition = source.condition();
      Value value = evaluator.instant(source.texts().get(at), moment.toEpochMilli()).value();
      if (value instanceof Scalar scalar) {
        rows.add(row(Labels.empty(), scalar.value(), condition, 0));
        return 0;
      }
      if (!(value instanceof InstantVector vector)) {
        return 0;
      }
      var found = new ArrayList<Row>();
      for (int i = 0; i < vector.size(); i++) {
        var histogram = vector.histogram(i);
        int line = line(lines, at, vector.labels(i));
        found.add(
            histogram == null
                ? row(vector.labels(i), vector.value(i), condition, line)
                : new Row(line, vector.labels(i).toString(), histogram.toString(), ""));
      }
      found.sort(
          Comparator.comparing((Row row) -> row.meets().equals("no"))
              .thenComparingInt(row -> row.line() < 0 ? Integer.MAX_VALUE : row.line()));
      int room = Math.max(0, MAX_ROWS - rows.size());
      rows.addAll(found.subList(0, Math.min(room, found.size())));
      return Math.max(0, found.size() - room);
    }

    private static Row row(
        Labels labels, double value, @Nullable ChartedCondition condition, int line) {
      String meets =
          condition == null || condition.bounds().isEmpty()
              ? ""
              : condition.holds(value) ? "yes" : "no";
      return new Row(line, labels.toString(), shown(value), meets);
    }

    private static int line(List<Chart.Line> lines, int source, Labels labels) {
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).source() == source && lines.get(i).labels().equals(labels)) {
          return i;
        }
      }
      return -1;
    }

    private Plot samples(RangeMatrix matrix) {
      var rows = new ArrayList<Row>();
      for (RangeMatrix.Series series :
          matrix.series().subList(0, Math.min(MAX_ROWS, matrix.series().size()))) {
        int last = series.size() - 1;
        rows.add(
            new Row(
                -1,
                series.labels().toString(),
                series.size()
                    + " samples, the last "
                    + (last < 0 ? "" : GoFloat.general(series.values()[last])),
                ""));
      }
      return new Plot(
          "",
          panel.expression(),
          "",
          null,
          rows,
          List.of(),
          "A range can't be drawn: put rate(), avg_over_time() or the like around it.");
    }

    private String whyEmpty(List<Expr> exprs) {
      var missing = new TreeSet<String>();
      var looked = new TreeSet<String>();
      for (Expr expr : exprs) {
        if (expr instanceof Expr.Call call && call.function().isOfAbsence()) {
          return "It gives nothing while the series that it asks for are there.";
        }
        expr.selectors()
            .map(Printer::print)
            .filter(selector -> looked.size() < MAX_SELECTORS && looked.add(selector))
            .filter(selector -> range("count(" + selector + ")").isEmpty())
            .forEach(missing::add);
      }
      if (!missing.isEmpty()) {
        return "No series matches " + String.join(" nor ", missing) + " in this time.";
      }
      return looked.isEmpty()
          ? "It gives no series in this time."
          : "The series are there, but a filter or a matching inside the expression leaves none of"
              + " them.";
    }
  }

  /// Whole numbers as they are, others to the digits that one reads.
  private static String shown(double value) {
    return value == Math.rint(value) ? GoFloat.general(value) : GoFloat.rounded(value, 6);
  }

  private static boolean isHistogram(RangeMatrix.Series series) {
    for (int i = 0; i < series.size(); i++) {
      if (series.histogram(i) == null) {
        return false;
      }
    }
    return true;
  }

  /// What should be drawn where not everything can be: what is nearest to the threshold, or beyond.
  private static Comparator<Chart.Line> interest(@Nullable ChartedCondition condition) {
    if (condition == null || condition.bounds().isEmpty()) {
      return Comparator.comparing(Chart.Line::labels);
    }
    BinaryOp op = condition.bounds().getFirst().op();
    boolean upwards = op == BinaryOp.GREATER || op == BinaryOp.GREATER_OR_EQUAL;
    return Comparator.comparingDouble(
        line -> {
          double most = Double.NEGATIVE_INFINITY;
          for (double value : line.series().values()) {
            if (!Double.isNaN(value)) {
              most = Math.max(most, upwards ? value : -value);
            }
          }
          return -most;
        });
  }

  /// Names the lines by what tells them apart: the labels that they do not share, and their
  /// expression where there are several.
  private static void name(List<Chart.Line> lines, List<String> texts) {
    Labels shared = lines.getFirst().labels();
    for (Chart.Line line : lines) {
      Labels before = shared;
      shared = before.keep(name -> before.get(name).equals(line.labels().get(name)));
    }
    List<String> common = lines.size() == 1 ? List.of() : shared.names();
    lines.replaceAll(
        line -> {
          Labels own = line.labels().without(common);
          String name = own.isEmpty() ? shown(line.series()) : own.toString();
          return new Chart.Line(
              line.source(),
              texts.size() == 1
                  ? name
                  : TextTruncation.line(60, texts.get(line.source()))
                      + (own.isEmpty() ? "" : " " + own),
              line.series());
        });
  }

  private static String shown(RangeMatrix.Series series) {
    return series.labels().isEmpty() ? "value" : series.labels().toString();
  }
}
