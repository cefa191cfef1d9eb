package io.pharos.bench;

import static java.util.Objects.requireNonNull;

import java.util.Locale;

/// The result of a benchmark.
///
/// @param name class without its suffix, method and parameters, as in `Scrape.parse targets=100`
/// @param unit unit of the next three, such as `ns`
/// @param cpu mean CPU time of an operation
/// @param error distance of the mean from the ends of its 99.9 % confidence interval; NaN with too
///   few measurements
/// @param time wall-clock time of an operation, which other processes prolong
/// @param bytes bytes allocated by an operation
record Figure(String name, String unit, double cpu, double error, double time, double bytes) {
  Figure {
    requireNonNull(name, "name is null");
    requireNonNull(unit, "unit is null");
    if (name.contains("\t") || unit.contains("\t")) {
      throw new IllegalArgumentException("a tab in " + name + " or " + unit);
    }
  }

  /// The figure as a row of a table.
  String row() {
    return String.join("\t", name, unit, number(cpu), number(error), number(time), number(bytes));
  }

  /// Parses the result of [#row].
  static Figure parse(String row) {
    String[] cells = row.split("\t", -1);
    if (cells.length != 6) {
      throw new IllegalArgumentException(
          "found "
              + cells.length
              + " cells, expected name, unit, CPU, error, time and bytes: "
              + row);
    }
    return new Figure(
        cells[0],
        cells[1],
        number(cells[2], row),
        number(cells[3], row),
        number(cells[4], row),
        number(cells[5], row));
  }

  private static double number(String text, String row) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("found " + text + ", expected a number: " + row, e);
    }
  }

  /// Four significant digits.
  static String number(double value) {
    if (!Double.isFinite(value) || value == 0) {
      return value == 0 ? "0" : Double.toString(value);
    }
    int whole = (int) Math.floor(Math.log10(Math.abs(value))) + 1;
    return String.format(Locale.ROOT, "%." + Math.clamp(4 - whole, 0, 6) + "f", value);
  }

  /// Whether the confidence intervals do not overlap, so that the difference is significant if the
  /// machines were alike.
  boolean differsFrom(Figure other) {
    return unit.equals(other.unit) && Math.abs(cpu - other.cpu) > error(this) + error(other);
  }

  private static double error(Figure figure) {
    return Double.isNaN(figure.error) ? Double.POSITIVE_INFINITY : figure.error;
  }

  /// Whether the bytes differ by more than a fiftieth and more than two.
  boolean allocatesOtherThan(Figure other) {
    double difference = Math.abs(bytes - other.bytes);
    return difference > 2 && difference > 0.02 * Math.max(bytes, other.bytes);
  }
}
