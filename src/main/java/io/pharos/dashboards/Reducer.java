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

  private static final Map<String, String> ALIASES =
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
    String id = ALIASES.getOrDefault(name, name);
    return Arrays.stream(values())
        .filter(reducer -> reducer.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new UndrawnException("The calculation " + name + " is not supported."));
  }

  /// Returns the name that legends show.
  String label() {
    return label;
  }

  /// Reduces values in the order of time to one. NaN values are ignored. If no other value remains,
  /// the result is NaN, or 0 for [#COUNT].
  double of(double[] values) {
    double[] numbers = Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    if (numbers.length == 0) {
      return this == COUNT ? 0 : Double.NaN;
    }
    return switch (this) {
      case LAST -> numbers[numbers.length - 1];
      case FIRST -> numbers[0];
      case MAX -> max(numbers);
      case MIN -> min(numbers);
      case MEAN -> Arrays.stream(numbers).average().orElseThrow();
      case SUM -> Arrays.stream(numbers).sum();
      case COUNT -> numbers.length;
      case RANGE -> max(numbers) - min(numbers);
      case DIFFERENCE -> numbers[numbers.length - 1] - numbers[0];
    };
  }

  private static double max(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  private static double min(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }
}
