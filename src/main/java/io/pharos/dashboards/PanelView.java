package io.pharos.dashboards;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is to be seen in a panel, with all numbers as people read them: whoever draws it asks
/// nobody and knows nothing of dashboards. Colours are names as `red` and `dark-blue`, `#rrggbb`,
/// or empty, where it is the next one of a palette. As JSON each has its `kind`.
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "kind")
public sealed interface PanelView {
  /// Single numbers, large, as gauges or as bars.
  ///
  /// @param layout `stat`, `gauge` or `bars`
  /// @param isFilled whether the ground has the colour instead of the number
  record Readings(String layout, boolean isFilled, List<Reading> readings) implements PanelView {
    public Readings {
      requireNonNull(layout, "layout is null");
      readings = List.copyOf(readings);
    }
  }

  /// A single number.
  ///
  /// @param name empty where the panel's title says it
  /// @param share of the way from the least to the most, 0 to 1
  /// @param spark its past, in the order of time; empty without
  record Reading(
      String name,
      String text,
      String suffix,
      String color,
      double share,
      List<@Nullable Double> spark) {}

  /// Lines over time.
  ///
  /// @param fromMillis of the first point, Unix time
  /// @param bounds thresholds that are drawn
  /// @param left the axis, and the one at the right where a line has it
  record Lines(
      long fromMillis,
      long stepMillis,
      int points,
      List<Line> lines,
      List<Bound> bounds,
      Axis left,
      @Nullable Axis right,
      Legend legend,
      List<Mark> marks)
      implements PanelView {
    public Lines {
      lines = List.copyOf(lines);
      bounds = List.copyOf(bounds);
      marks = List.copyOf(marks);
    }
  }

  /// A line, or what else is drawn of a series.
  ///
  /// @param draw `line`, `bars` or `points`
  /// @param fill how much of the ground below has the colour, 0 to 1
  /// @param isStacked whether it stands on those before it
  /// @param spans whether gaps are bridged
  /// @param figures what the legend says of it, a text for each of its columns
  record Line(
      String name,
      String color,
      String draw,
      double width,
      double fill,
      boolean isStacked,
      boolean isDashed,
      boolean isRight,
      boolean isStepped,
      boolean spans,
      List<@Nullable Double> values,
      List<String> figures) {}

  /// A threshold that is drawn.
  ///
  /// @param isArea whether the ground above has the colour too
  record Bound(double value, String color, boolean isLine, boolean isArea) {}

  /// How an axis shows its numbers, and from where to where it goes.
  ///
  /// @param divisor numbers are shown divided by it, and `suffix` behind them
  record Axis(
      double divisor, String suffix, @Nullable Double min, @Nullable Double max, boolean isLog) {}

  /// What stands below the lines.
  ///
  /// @param isShown whether there is one at all
  /// @param columns of the figures, as `Max`
  record Legend(boolean isShown, List<String> columns) {}

  /// Something that happened, as a deployment.
  ///
  /// @param until the end; equal to `at` where it took no time
  record Mark(long at, long until, String text, String color) {}

  /// Rows and columns.
  ///
  /// @param more how many rows are left out
  record Table(List<Column> columns, List<List<Cell>> rows, int more) implements PanelView {
    public Table {
      columns = List.copyOf(columns);
      rows = List.copyOf(rows);
    }
  }

  /// One column's head.
  record Column(String name, boolean isNumber) {}

  /// A field of a table.
  ///
  /// @param color empty where the text has none of its own
  /// @param share of a bar behind the text, 0 to 1; negative without
  /// @param isFilled whether the ground has the colour instead of the text
  record Cell(String text, String color, double share, boolean isFilled) {}

  /// Counts by time and bucket.
  ///
  /// @param buckets their upper bounds as texts, the lowest first
  /// @param counts for each bucket its counts in the order of time
  /// @param most as a text
  record Heat(
      long fromMillis,
      long stepMillis,
      int points,
      List<String> buckets,
      List<List<@Nullable Double>> counts,
      String most)
      implements PanelView {}

  /// Which state each of many was in, when.
  record States(long fromMillis, long untilMillis, List<StateRow> rows, int more)
      implements PanelView {}

  /// One of many, and its states in the order of time.
  record StateRow(String name, List<State> states) {}

  /// A state from one time on until another.
  record State(long from, long until, String text, String color) {}

  /// Lines of logs, the newest first.
  record LogLines(List<LogLine> lines, boolean isCut) implements PanelView {}

  /// A line of a log.
  ///
  /// @param atMillis Unix time
  /// @param level as `error`; empty where nothing says it
  record LogLine(long atMillis, String level, String line) {}

  /// Text as HTML, of which nothing can run.
  record Text(String html) implements PanelView {}

  /// Nothing: the sources were asked, and have no data.
  ///
  /// @param text what the panel says then
  record Empty(String text) implements PanelView {}

  /// It could not be drawn.
  ///
  /// @param reason a sentence
  record Undrawn(String reason) implements PanelView {}
}
