package io.pharos.server.web.design;

import java.util.Locale;

/// A small line of evenly spaced values, drawn as SVG 100 units wide and 30 high. A gap in the
/// values is a gap in the line. The lowest point of the drawing is zero or the lowest value if that
/// is negative.
///
/// @param path the line as SVG path data; empty if no value is finite
/// @param area the area below the line, as SVG path data
/// @param text the range of the values in words, for readers that do not see the drawing
public record Sparkline(String path, String area, String text) {
  private static final double WIDTH = 100;
  private static final double HEIGHT = 30;

  /// Draws the values.
  ///
  /// @param values from the oldest to the newest; NaN for a missing value
  /// @param text the range of the values in words
  public static Sparkline of(double[] values, String text) {
    double low = 0;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (high == Double.NEGATIVE_INFINITY) {
      return new Sparkline("", "", "no data");
    }
    var line = new StringBuilder();
    var area = new StringBuilder();
    int start = -1;
    for (int i = 0; i <= values.length; i++) {
      if (i < values.length && Double.isFinite(values[i])) {
        if (start < 0) {
          start = i;
        }
        point(line, i == start ? 'M' : 'L', x(i, values.length), y(values[i], low, high));
      } else if (start >= 0) {
        close(line, area, x(start, values.length), x(i - 1, values.length), start == i - 1);
        start = -1;
      }
    }
    return new Sparkline(line.toString(), area.toString(), text);
  }

  /* Adds the area below the last part of the line; a part with one point is drawn as a dash. */
  private static void close(
      StringBuilder line, StringBuilder area, double from, double to, boolean single) {
    int part = line.lastIndexOf("M");
    if (single) {
      line.append("h1");
    }
    area.append(line, part, line.length());
    point(area, 'L', single ? from + 1 : to, HEIGHT);
    point(area, 'L', from, HEIGHT);
    area.append('Z');
  }

  private static double x(int index, int count) {
    return count < 2 ? 0 : index * WIDTH / (count - 1);
  }

  private static double y(double value, double low, double high) {
    return high == low ? HEIGHT : HEIGHT - (value - low) / (high - low) * (HEIGHT - 1);
  }

  private static void point(StringBuilder path, char command, double x, double y) {
    path.append(command).append(number(x)).append(' ').append(number(y));
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
