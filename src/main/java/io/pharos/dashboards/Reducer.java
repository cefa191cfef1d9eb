package io.pharos.dashboards;

import java.util.Arrays;
import java.util.Map;

/// Ways to reduce many numbers to one, with Grafana's names.
enum Reducer {
  LAST("lastNotNull", "Last"),
  FIRST("firstNotNull", "First"),
  MAX("max", "Max"),
  MIN("min", "Min"),
  MEAN("mean", "Mean"),
  SUM("sum", "Total"),
  COUNT("count", "Count"),
  RANGE("range", "Range"),
  DIFFERENCE("diff", "Difference");

  private static final Map<String, String> SAME =
      Map.of("last", "lastNotNull", "first", "firstNotNull", "avg", "mean", "total", "sum");

  private final String id;
  private final String label;

  Reducer(String id, String label) {
    this.id = id;
    this.label = label;
  }

  /// Finds a reduction by its name.
  ///
  /// @throws UndrawnException if there is none
  static Reducer named(String name) {
    String id = SAME.getOrDefault(name, name);
    return Arrays.stream(values())
        .filter(one -> one.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new UndrawnException("The calculation " + name + " is not supported."));
  }

  /// Returns the name that legends show.
  String label() {
    return label;
  }

  /// Reduces values, which are in the order of time. NaN values are ignored; without others, the
  /// result is NaN.
  double of(double[] values) {
    double[] some = Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    if (some.length == 0) {
      return this == COUNT ? 0 : Double.NaN;
    }
    return switch (this) {
      case LAST -> some[some.length - 1];
      case FIRST -> some[0];
      case MAX -> max(some);
      case MIN -> min(some);
      case MEAN -> Arrays.stream(some).average().orElseThrow();
      case SUM -> Arrays.stream(some).sum();
      case COUNT -> some.length;
      case RANGE -> max(some) - min(some);
      case DIFFERENCE -> some[some.length - 1] - some[0];
    };
  }

  private static double max(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  private static double min(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }
}
