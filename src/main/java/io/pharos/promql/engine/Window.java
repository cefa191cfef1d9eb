package io.pharos.promql.engine;

/// The samples of one series in a range that ends at one step: the part `[from, to)` of two
/// columns. One object is reused for all steps of all series.
final class Window {
  long[] timestamps = {};
  double[] values = {};
  int from;
  int to;

  /// The bounds of the range, Unix milliseconds: open on the left.
  long startMillis;

  long endMillis;

  /// The time of the step.
  long evaluationMillis;

  /// The scalar arguments of the call at this step.
  double argument;

  double secondArgument;

  int size() {
    return to - from;
  }

  double first() {
    return values[from];
  }

  double last() {
    return values[to - 1];
  }

  long firstMillis() {
    return timestamps[from];
  }

  long lastMillis() {
    return timestamps[to - 1];
  }
}
