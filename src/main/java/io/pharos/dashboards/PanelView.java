package io.pharos.dashboards;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The content of a panel. It contains everything that drawing needs: texts with units, colors and
/// values. Colors are names such as `red` and `dark-blue`, `#rrggbb`, or empty for the next color
/// of a palette. In JSON, `kind` is the type of the content.
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "kind")
public sealed interface PanelView {
  /// Single numbers, drawn as large text, gauges or bars.
  ///
  /// @param layout `stat`, `gauge` or `bars`
  /// @param isFilled whether the background is colored instead of the number
  record Readings(String layout, boolean isFilled, List<Reading> readings) implements PanelView {
    public Readings {
      readings = List.copyOf(readings);
    }
  }

  /// A single number.
  ///
  /// @param name empty if the panel's title is enough
  /// @param share position between minimum and maximum, 0 to 1
  /// @param spark values over time for a small line below the number; may be empty
  record Reading(
      String name,
      String text,
      String suffix,
      String color,
      double share,
      List<@Nullable Double> spark) {}

  /// Lines over time.
  ///
  /// @param fromMillis time of the first point, in Unix milliseconds
  /// @param right right axis; null if no line uses it
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

  /// A series in a panel of lines.
  ///
  /// @param draw `line`, `bars` or `points`
  /// @param fill opacity of the area below the line, 0 to 1
  /// @param isStacked whether the values are added to those of earlier lines
  /// @param spans whether the line continues over missing values
  /// @param figures texts for the columns of the legend
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

  /// A threshold that a panel of lines shows.
  ///
  /// @param isLine whether it is drawn as a line
  /// @param isArea whether the area above it is colored
  record Bound(double value, String color, boolean isLine, boolean isArea) {}

  /// The scale of an axis.
  ///
  /// @param divisor numbers are divided by it before `suffix` is appended
  record Axis(
      double divisor, String suffix, @Nullable Double min, @Nullable Double max, boolean isLog) {}

  /// The legend below the lines.
  ///
  /// @param columns names of the numbers that it shows for each line, such as `Max`
  record Legend(boolean isShown, List<String> columns) {}

  /// An event, such as a deployment.
  ///
  /// @param at begin, in Unix milliseconds
  /// @param until end, in Unix milliseconds; equal to `at` for a moment
  record Mark(long at, long until, String text, String color) {}

  /// A table.
  ///
  /// @param more number of rows that are not shown
  record Table(List<Column> columns, List<List<Cell>> rows, int more) implements PanelView {
    public Table {
      columns = List.copyOf(columns);
      rows = List.copyOf(rows);
    }
  }

  /// The heading of a column.
  record Column(String name, boolean isNumber) {}

  /// A cell of a table.
  ///
  /// @param color empty for the default color
  /// @param share length of a bar behind the text, 0 to 1; negative for no bar
  /// @param isFilled whether the background is colored instead of the text
  record Cell(String text, String color, double share, boolean isFilled) {}

  /// Counts by time and bucket.
  ///
  /// @param buckets upper bounds as texts, the lowest first
  /// @param counts for each bucket, its counts in the order of time
  /// @param most the largest count as text
  record Heat(
      long fromMillis,
      long stepMillis,
      int points,
      List<String> buckets,
      List<List<@Nullable Double>> counts,
      String most)
      implements PanelView {}

  /// The states of several series over time.
  ///
  /// @param more number of series that are not shown
  record States(long fromMillis, long untilMillis, List<StateRow> rows, int more)
      implements PanelView {}

  /// A series with its states in the order of time.
  record StateRow(String name, List<State> states) {}

  /// A state during a time span.
  record State(long from, long until, String text, String color) {}

  /// Lines of logs, newest first.
  ///
  /// @param isCut whether there are more lines
  record LogLines(List<LogLine> lines, boolean isCut) implements PanelView {}

  /// A line of a log.
  ///
  /// @param atMillis Unix milliseconds
  /// @param level such as `error`; empty if unknown
  record LogLine(long atMillis, String level, String line) {}

  /// Text as HTML without scripts.
  record Text(String html) implements PanelView {}

  /// The panel has no data.
  ///
  /// @param text what the panel shows instead
  record Empty(String text) implements PanelView {}

  /// The panel could not be drawn.
  ///
  /// @param reason a sentence
  record Undrawn(String reason) implements PanelView {}
}
