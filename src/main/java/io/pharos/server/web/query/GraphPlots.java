package io.pharos.server.web.query;

import io.pharos.alerting.message.TextLimit;
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
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.server.web.query.GraphPanels.Plot;
import io.pharos.server.web.query.GraphPanels.Row;
import io.pharos.server.web.query.GraphPanels.Screen;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Evaluates the charts of one expression on the graph page.
record GraphPlots(
    Evaluator evaluator, GraphRequest.Panel panel, Chart.Span span, Instant moment, Screen screen) {
  /// Maximum number of conditions that are drawn.
  private static final int MAX_CONDITIONS = 4;

  /// Maximum number of selectors that are checked for series if a condition has no result.
  private static final int MAX_SELECTORS = 6;

  private static final int MAX_ROWS = 100;
  private static final int MAX_LIMIT_LINES = 5;

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
      // This parser rejects the expression, so a remote engine evaluated it. Its conditions are
      // unknown, so the result of the whole expression is drawn.
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

  /// The expressions of one chart.
  ///
  /// @param texts the expressions of `exprs`, as text
  /// @param condition null if this parser rejects the expression
  /// @param exprs the parsed expressions; empty if this parser rejects the expression
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
    int maxLines = screen.linesOf(span.points());
    int lineCount = lines.size();
    lines.sort(nearestFirst(condition));
    if (lineCount > maxLines) {
      lines.subList(maxLines, lineCount).clear();
      notes.add(
          "%d of %d series are drawn: %s. Use a narrower selector or topk() to draw others."
              .formatted(
                  maxLines,
                  lineCount,
                  condition == null || condition.bounds().isEmpty()
                      ? "the first in label order"
                      : "those furthest beyond the threshold or nearest to it"));
    }
    nameLines(lines, source.texts());
    if (condition != null) {
      for (ChartedCondition.Limit limit : condition.limits()) {
        range(Printer.print(limit.expr())).stream()
            .limit(MAX_LIMIT_LINES)
            .forEach(series -> lines.add(new Chart.Line(-1, "limit " + shown(series), series)));
      }
    }
    if (lines.stream().allMatch(line -> isHistogram(line.series()))) {
      notes.add("Native histograms can't be drawn: use histogram_quantile() or histogram_count().");
    }
    int omitted = 0;
    for (int i = 0; i < source.texts().size(); i++) {
      omitted += rows(source, i, lines, rows);
    }
    if (omitted > 0) {
      notes.add(
          omitted + " more rows are not in the table, which has at most " + MAX_ROWS + " rows.");
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

  /// Adds the rows of one expression to the table. Returns the number of rows that were left out,
  /// because the table was full.
  private int rows(Source source, int index, List<Chart.Line> lines, List<Row> rows) {
    ChartedCondition condition = source.condition();
    Value value = evaluator.instant(source.texts().get(index), moment.toEpochMilli()).value();
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
      int line = lineIndex(lines, index, vector.labels(i));
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

  private static int lineIndex(List<Chart.Line> lines, int source, Labels labels) {
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
        "A range vector can't be drawn: use rate(), avg_over_time() or a similar function.");
  }

  private String whyEmpty(List<Expr> exprs) {
    var missing = new TreeSet<String>();
    var checked = new TreeSet<String>();
    for (Expr expr : exprs) {
      if (expr instanceof Expr.Call call && call.function().isOfAbsence()) {
        return "absent() has no result, because the series exist.";
      }
      expr.selectors()
          .map(Printer::print)
          .filter(selector -> checked.size() < MAX_SELECTORS && checked.add(selector))
          .filter(selector -> range("count(" + selector + ")").isEmpty())
          .forEach(missing::add);
    }
    if (!missing.isEmpty()) {
      return "No series matches " + String.join(" or ", missing) + " in this time range.";
    }
    return checked.isEmpty()
        ? "The expression has no series in this time range."
        : "The series exist, but a filter or vector matching in the expression removes all of"
            + " them.";
  }

  /// Formats whole numbers exactly, and other numbers with six digits.
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

  /// Returns the order of the lines: from the line furthest beyond the threshold to the line
  /// furthest within it. Without a threshold the lines are ordered by their labels.
  private static Comparator<Chart.Line> nearestFirst(@Nullable ChartedCondition condition) {
    if (condition == null || condition.bounds().isEmpty()) {
      return Comparator.comparing(Chart.Line::labels);
    }
    BinaryOp op = condition.bounds().getFirst().op();
    boolean upwards = op == BinaryOp.GREATER || op == BinaryOp.GREATER_OR_EQUAL;
    return Comparator.comparingDouble(
        line -> {
          double max = Double.NEGATIVE_INFINITY;
          for (double value : line.series().values()) {
            if (!Double.isNaN(value)) {
              max = Math.max(max, upwards ? value : -value);
            }
          }
          return -max;
        });
  }

  /// Names each line by the labels that differ between the lines. If there are several expressions,
  /// the name starts with the line's expression.
  private static void nameLines(List<Chart.Line> lines, List<String> texts) {
    Labels shared = lines.getFirst().labels();
    for (Chart.Line line : lines) {
      Labels before = shared;
      shared = before.keep(name -> before.get(name).equals(line.labels().get(name)));
    }
    List<String> common = lines.size() == 1 ? List.of() : shared.names();
    lines.replaceAll(
        line -> {
          Labels ownLabels = line.labels().without(common);
          String name = ownLabels.isEmpty() ? shown(line.series()) : ownLabels.toString();
          return new Chart.Line(
              line.source(),
              texts.size() == 1
                  ? name
                  : TextLimit.line(60, texts.get(line.source()))
                      + (ownLabels.isEmpty() ? "" : " " + ownLabels),
              line.series());
        });
  }

  private static String shown(RangeMatrix.Series series) {
    return series.labels().isEmpty() ? "value" : series.labels().toString();
  }
}
